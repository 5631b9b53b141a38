/** A Responses stream as a Chat stream. */
import { closing, opening, sayingAll, TERMINATOR } from '../../formats/chat/answer.ts';
import { errorEvent } from '../../formats/chat/error.ts';
import { readResponsesEvent } from '../../formats/responses/events.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { begin, end, more, type State, type Step } from './items.ts';
import { concluded, headed, initial } from './response.ts';

export const stream: Pair<State>['stream'] = {
  start: initial,
  step: (state, event) => (state.phase === 'ended' || state.phase === 'failed' ? [state, []] : take(state, event)),
  end: (state) => {
    if (state.phase === 'ended') return [TERMINATOR];
    if (state.phase !== 'open') return [];
    const last = concluded(state, undefined);
    return [...closing(last.answer, last.includeUsage), TERMINATOR];
  },
  remembered: (state) => state.remembered,
  warnings: (state) => state.warnings,
};

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
      const last = concluded(state, event.response);
      const first = state.phase === 'waiting' ? [opening(last.answer)] : [];
      return [{ ...last, phase: 'ended' }, [...first, ...closing(last.answer, last.includeUsage)]];
    }
    case 'error': return [{ ...state, phase: 'failed' }, [failure(event.error)]];
    case 'nothing': return [state, []];
    default: return event satisfies never;
  }
}

const opened = (state: State, before: State['phase']): readonly [State, readonly string[]] => [state, before === 'waiting' ? [opening(state.answer)] : []];

const failure = (error: JsonNode): string => {
  const said = get(error, 'error') ?? error;
  const message = stringOf(get(said, 'message')) ?? 'the provider failed in the middle of its answer';
  return errorEvent({ message, type: 'api_error', param: stringOf(get(said, 'param')) ?? null, code: stringOf(get(said, 'code')) ?? 'provider_error' });
};

/** Pieces as the events that say them. */
const sent = (before: State, [after, pieces]: Step): readonly [State, readonly string[]] => [after, sayingAll(before.answer, pieces)];
