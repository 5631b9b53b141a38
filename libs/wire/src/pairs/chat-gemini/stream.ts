/** A streamGenerateContent stream as a Chat stream. It has no terminator, and a finish may be followed by more: all that closes waits for the end. */
import { addAll, opening, sayingAll, type Answer } from '../../formats/chat/answer.ts';
import { chatStream, failed } from '../../formats/chat/making.ts';
import { get, readJson } from '../../leaf/json-node.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { take, type State } from './parts.ts';
import { concluded, initial } from './response.ts';

export const stream: Pair<State>['stream'] = chatStream({ start: initial, take: step, conclude: concluded });

function step(state: State, { data }: ProviderEvent): readonly [State, readonly string[]] {
  const chunk = readJson(data);
  if (chunk?.kind !== 'object') return [state, []];
  const error = get(chunk, 'error');
  if (error) return failed(state, error);
  const [next, said] = take(state, chunk);
  let at: Answer = { ...next.answer, choices: state.answer.choices };
  const events = state.phase === 'waiting' ? [opening(at)] : [];
  for (const { index, pieces } of said) {
    if (pieces.length === 0) continue;
    for (let choice = at.choices.length; choice <= index; choice++) events.push(opening(at, choice));
    events.push(...sayingAll(at, pieces, index));
    at = addAll(at, pieces, index);
  }
  return [next, events];
}
