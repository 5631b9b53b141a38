/** A Converse answer as a Chat completion. */
import { add, completion, emptyAnswer } from '../../formats/chat/answer.ts';
import { asksUsage } from '../../formats/chat/read-tools.ts';
import { countsOf } from '../../formats/converse/usage.ts';
import { get, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, write, type JsonFields } from '../../leaf/json-write.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { whole, type State } from './blocks.ts';
import { finishOf } from './finish.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const answer = readJson(input.text);
  let state = initial(input);
  for (const [index, block] of (get(get(get(answer, 'output'), 'message'), 'content')?.items ?? []).entries()) state = whole(state, index, block);
  state = concluded(told(state, answer));
  return { kind: 'converted', body: write(completion(state.answer)), warnings: state.warnings, remembered: state.remembered };
}

export const initial = ({ asked, id, model, createdAt, rules }: AnswerInput): State => ({
  answer: emptyAnswer({ id: `chatcmpl-${id}`, model, created: createdAt }),
  family: rules.family, counts: undefined, open: new Map(), thoughts: [], remembered: [], warnings: [], stopReason: undefined,
  includeUsage: asksUsage(readJson(asked)), phase: 'waiting',
});

/** Members that are read, and those that say nothing of the answer: padding, and how long it took. */
const READ = new Set(['output', 'stopReason', 'usage', 'metrics', 'p']);

/** With what an answer, or the last events of a stream, tell of its end. */
export function told(state: State, node: JsonNode | undefined): State {
  const extra: JsonFields = Object.fromEntries(
    [...(node?.members ?? [])].flatMap(([key, member]) => (READ.has(key) || member.kind === 'null' ? [] : [[key, raw(member)]])),
  );
  return {
    ...state,
    stopReason: stringOf(get(node, 'stopReason')) ?? state.stopReason,
    counts: countsOf(get(node, 'usage')) ?? state.counts,
    answer: { ...state.answer, extra: { ...state.answer.extra, ...extra } },
  };
}

export function concluded(state: State): State {
  const hasCalls = (state.answer.choices[0]?.calls.length ?? 0) > 0;
  const answer = add(state.answer, { kind: 'finish', finish: finishOf(state.stopReason, hasCalls) });
  return { ...state, answer: { ...answer, counts: state.counts } };
}
