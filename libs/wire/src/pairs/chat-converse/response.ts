/** A Converse answer as a Chat completion. */
import { finished, madeWhole, making } from '../../formats/chat/making.ts';
import { countsOf } from '../../formats/converse/usage.ts';
import { get, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { whole, type State } from './blocks.ts';
import { finishOf } from './finish.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const answer = readJson(input.text);
  let state = initial(input);
  for (const [index, block] of (get(get(get(answer, 'output'), 'message'), 'content')?.items ?? []).entries()) state = whole(state, index, block);
  return madeWhole(concluded(told(state, answer)));
}

export const initial = (input: AnswerInput): State => ({ ...making(input), open: new Map(), stopReason: undefined });

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

export const concluded = (state: State): State => finished(state, finishOf(state.stopReason));
