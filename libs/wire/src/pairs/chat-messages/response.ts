/** A Messages answer as a Chat completion. */
import { add, type Answer } from '../../formats/chat/answer.ts';
import { finished, madeWhole, making } from '../../formats/chat/making.ts';
import { countsOf, readMessagesUsage } from '../../formats/messages/usage.ts';
import { get, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { begin, end, type State } from './blocks.ts';
import { finishOf } from './finish.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const message = readJson(input.text);
  let state = headed(initial(input), message);
  for (const [index, block] of (get(message, 'content')?.items ?? []).entries()) {
    [state] = begin(state, index, block);
    [state] = end(state, index);
  }
  return madeWhole(concluded(ending(state, message)));
}

export const initial = (input: AnswerInput): State => ({ ...making(input), usage: {}, open: new Map(), stopReason: undefined });

/** Members that are read, or that say what every answer is. */
const READ = new Set(['id', 'type', 'role', 'model', 'content', 'stop_reason', 'usage', 'delta', 'message']);

/** With what a message says of itself before its content. */
export function headed(state: State, message: JsonNode | undefined): State {
  const tier = tierOf(stringOf(get(get(message, 'usage'), 'service_tier')));
  const answer: Answer = {
    ...state.answer,
    id: stringOf(get(message, 'id')) ?? state.answer.id,
    model: stringOf(get(message, 'model')) ?? state.answer.model,
    tier: tier ?? state.answer.tier,
  };
  return { ...state, answer, usage: readMessagesUsage(state.usage, get(message, 'usage')), phase: 'open' };
}

/** OpenAI's word for the tier that was used. */
const tierOf = (tier: string | undefined): string | undefined => (tier === 'standard' ? 'default' : tier === 'priority' ? 'priority' : undefined);

/** With why it ended: what a whole message says, or the delta of a stream. */
export function ending(state: State, node: JsonNode | undefined): State {
  const stopReason = stringOf(get(node, 'stop_reason')) ?? state.stopReason;
  const explanation = stringOf(get(get(node, 'stop_details'), 'explanation'));
  const answer = explanation === undefined ? state.answer : add(state.answer, { kind: 'refusal', text: explanation });
  return { ...state, stopReason, answer: { ...answer, extra: { ...answer.extra, ...leftOver(node) } } };
}

/** Members that Chat has no place for, such as a container that was used. */
export const leftOver = (node: JsonNode | undefined): JsonFields =>
  Object.fromEntries([...(node?.members ?? [])].flatMap(([key, member]) => (READ.has(key) || member.kind === 'null' ? [] : [[key, raw(member)]])));

export const concluded = (state: State): State => finished({ ...state, counts: countsOf(state.usage) }, finishOf(state.stopReason));
