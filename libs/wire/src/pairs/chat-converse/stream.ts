/** A ConverseStream as a Chat stream. Counts come after the stop, so that everything that closes waits for the end. */
import { closing, opening, sayingAll, TERMINATOR } from '../../formats/chat/answer.ts';
import { errorEvent } from '../../formats/chat/error.ts';
import { readConverseEvent } from '../../formats/converse/events.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { begin, end, more, type State, type Step } from './blocks.ts';
import { concluded, initial, told } from './response.ts';

export const stream: Pair<State>['stream'] = {
  start: initial,
  step: (state, event) => (state.phase === 'failed' ? [state, []] : take(state, event)),
  end: (state) => {
    if (state.phase === 'waiting' || state.phase === 'failed') return [];
    const last = concluded(state);
    return [...closing(last.answer, last.includeUsage), TERMINATOR];
  },
  remembered: (state) => state.remembered,
  warnings: (state) => state.warnings,
};

function take(state: State, { name, data }: ProviderEvent): readonly [State, readonly string[]] {
  const event = readConverseEvent(name, data);
  switch (event.kind) {
    case 'start': return [{ ...state, phase: 'open' }, state.phase === 'waiting' ? [opening(state.answer)] : []];
    case 'block': return sent(state, begin(state, event.index, event.start));
    case 'delta': return sent(state, more(state, event.index, event.delta));
    case 'blockEnd': return sent(state, end(state, event.index));
    case 'stop': return [{ ...told(state, event.event), phase: 'stopped' }, []];
    case 'metadata': return [told(state, event.event), []];
    case 'error': return [{ ...state, phase: 'failed' }, [failure(event.error)]];
    case 'nothing': return [state, []];
    default: return event satisfies never;
  }
}

const failure = (error: JsonNode): string => {
  const message = stringOf(get(error, 'message')) ?? 'the provider failed in the middle of its answer';
  return errorEvent({ message, type: 'api_error', param: null, code: 'provider_error' });
};

/** Pieces as the events that say them. */
const sent = (before: State, [after, pieces]: Step): readonly [State, readonly string[]] => [after, sayingAll(before.answer, pieces)];
