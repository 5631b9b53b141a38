/** A Responses stream as a Chat stream. */
import { opening, sayingAll } from '../../formats/chat/answer.ts';
import { chatStream, ended, failed, type Step } from '../../formats/chat/making.ts';
import { readResponsesEvent } from '../../formats/responses/events.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { begin, end, more, type State } from './items.ts';
import { concluded, headed, initial } from './response.ts';

export const stream: Pair<State>['stream'] = chatStream({ start: initial, take, conclude: (state) => concluded(state, undefined) });

function take(state: State, { data }: ProviderEvent): readonly [State, readonly string[]] {
  const event = readResponsesEvent(data);
  switch (event.kind) {
    case 'start': return opened(headed(state, event.response), state.phase);
    case 'item': return sent(state, begin(state, event.index, event.item));
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'arguments': return sent(state, more(state, event));
    case 'itemEnd': return sent(state, end(state, event.index, event.item));
    case 'end': {
      const [last, closing] = ended(concluded(state, event.response));
      return [last, state.phase === 'waiting' ? [opening(last.answer), ...closing] : closing];
    }
    case 'error': return failed(state, event.error);
    case 'nothing': return [state, []];
    default: return event satisfies never;
  }
}

const opened = (state: State, before: State['phase']): readonly [State, readonly string[]] => [state, before === 'waiting' ? [opening(state.answer)] : []];

/** Pieces as the events that say them. */
const sent = (before: State, [after, pieces]: Step<State>): readonly [State, readonly string[]] => [after, sayingAll(before.answer, pieces)];
