/** A Responses answer as a Chat completion. */
import { add, completion, emptyAnswer, type Answer } from '../../formats/chat/answer.ts';
import { asksUsage } from '../../formats/chat/read-tools.ts';
import { countsOf } from '../../formats/responses/usage.ts';
import { get, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { write } from '../../leaf/json-write.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { finishOf } from './finish.ts';
import { end, type State } from './items.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const whole = readJson(input.text);
  let state = headed(initial(input), whole);
  for (const [index, item] of (get(whole, 'output')?.items ?? []).entries()) [state] = end(state, index, item);
  state = concluded(state, whole);
  return { kind: 'converted', body: write(completion(state.answer)), warnings: state.warnings, remembered: state.remembered };
}

export const initial = ({ asked, id, model, createdAt, rules }: AnswerInput): State => ({
  answer: emptyAnswer({ id: `chatcmpl-${id}`, model, created: createdAt }),
  family: rules.family, open: new Map(), thoughts: [], remembered: [], warnings: [],
  includeUsage: asksUsage(readJson(asked)), phase: 'waiting',
});

/** With what a response says of itself before its output. */
export function headed(state: State, node: JsonNode | undefined): State {
  const answer: Answer = {
    ...state.answer,
    id: stringOf(get(node, 'id')) ?? state.answer.id,
    model: stringOf(get(node, 'model')) ?? state.answer.model,
    created: Math.floor(numberOf(get(node, 'created_at')) ?? state.answer.created),
    tier: stringOf(get(node, 'service_tier')) ?? state.answer.tier,
  };
  return { ...state, answer, phase: 'open' };
}

/** With why it ended and what it cost. */
export function concluded(state: State, node: JsonNode | undefined): State {
  const hasCalls = (state.answer.choices[0]?.calls.length ?? 0) > 0;
  const { answer } = headed(state, node);
  const finished = add(answer, { kind: 'finish', finish: finishOf(node, hasCalls) });
  return { ...state, answer: { ...finished, counts: countsOf(get(node, 'usage')) ?? state.answer.counts } };
}
