/** A ConverseStream as a Chat stream. Counts come after the stop, so that everything that closes waits for the end. */
import { opening, sayingAll } from '../../formats/chat/answer.ts';
import { chatStream, failed, type Step } from '../../formats/chat/making.ts';
import { readConverseEvent } from '../../formats/converse/events.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { begin, end, more, type State } from './blocks.ts';
import { concluded, initial, told } from './response.ts';

export const stream: Pair<State>['stream'] = chatStream({ start: initial, take, conclude: concluded });

function take(state: State, { name, data }: ProviderEvent): readonly [State, readonly string[]] {
  const event = readConverseEvent(name, data);
  switch (event.kind) {
    case 'start': return [{ ...state, phase: 'open' }, state.phase === 'waiting' ? [opening(state.answer)] : []];
    case 'block': return sent(state, begin(state, event.index, event.start));
    case 'delta': return sent(state, more(state, event.index, event.delta));
    case 'blockEnd': return sent(state, end(state, event.index));
    case 'stop':
    case 'metadata': return [{ ...told(state, event.event), phase: 'open' }, []];
    case 'error': return failed(state, event.error);
    case 'nothing': return [state, []];
    default: return event satisfies never;
  }
}

/** Pieces as the events that say them. */
const sent = (before: State, [after, pieces]: Step<State>): readonly [State, readonly string[]] => [after, sayingAll(before.answer, pieces)];
