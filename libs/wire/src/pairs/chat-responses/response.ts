/** A Responses answer as a Chat completion. */
import type { Answer } from '../../formats/chat/answer.ts';
import { finished, madeWhole, making } from '../../formats/chat/making.ts';
import { countsOf } from '../../formats/responses/usage.ts';
import { get, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { finishOf } from './finish.ts';
import { end, type State } from './items.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const whole = readJson(input.text);
  let state = headed(initial(input), whole);
  for (const [index, item] of (get(whole, 'output')?.items ?? []).entries()) [state] = end(state, index, item);
  return madeWhole(concluded(state, whole));
}

export const initial = (input: AnswerInput): State => ({ ...making(input), open: new Map() });

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
  const last = headed(state, node);
  return finished({ ...last, counts: countsOf(get(node, 'usage')) ?? last.counts }, finishOf(node));
}
