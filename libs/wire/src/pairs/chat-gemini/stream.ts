/** A streamGenerateContent stream as a Chat stream. It has no terminator, and a finish may be followed by more: all that closes waits for the end. */
import { addAll, closing, opening, sayingAll, TERMINATOR, type Answer } from '../../formats/chat/answer.ts';
import { errorEvent } from '../../formats/chat/error.ts';
import { get, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { take, type State } from './parts.ts';
import { concluded, initial } from './response.ts';

export const stream: Pair<State>['stream'] = {
  start: initial,
  step: (state, event) => (state.phase === 'failed' ? [state, []] : step(state, event)),
  end: (state) => {
    if (state.phase !== 'open') return [];
    const last = concluded(state);
    return [...closing(last.answer, last.includeUsage), TERMINATOR];
  },
  remembered: (state) => state.remembered,
  warnings: (state) => state.warnings,
};

function step(state: State, { data }: ProviderEvent): readonly [State, readonly string[]] {
  const chunk = readJson(data);
  if (chunk?.kind !== 'object') return [state, []];
  const error = get(chunk, 'error');
  if (error) return [{ ...state, phase: 'failed' }, [failure(error)]];
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

const failure = (error: JsonNode): string => {
  const message = stringOf(get(error, 'message')) ?? 'the provider failed in the middle of its answer';
  return errorEvent({ message, type: 'api_error', param: null, code: stringOf(get(error, 'status')) ?? 'provider_error' });
};
