/** A Messages stream as a Chat stream. */
import { closing, opening, sayingAll, TERMINATOR } from '../../formats/chat/answer.ts';
import { errorEvent } from '../../formats/chat/error.ts';
import { readMessagesEvent } from '../../formats/messages/events.ts';
import { readMessagesUsage } from '../../formats/messages/usage.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { begin, end, more, type State, type Step } from './blocks.ts';
import { concluded, ending, headed, initial, leftOver } from './response.ts';

export const stream: Pair<State>['stream'] = {
  start: initial,
  step: (state, event) => (state.phase === 'ended' || state.phase === 'failed' ? [state, []] : take(state, event)),
  end: (state) => {
    if (state.phase === 'ended') return [TERMINATOR];
    if (state.phase !== 'open') return [];
    const last = concluded(state);
    return [...closing(last.answer, last.includeUsage), TERMINATOR];
  },
  remembered: (state) => state.remembered,
  warnings: (state) => state.warnings,
};

function take(state: State, { data }: ProviderEvent): readonly [State, readonly string[]] {
  const event = readMessagesEvent(data);
  switch (event.kind) {
    case 'start': {
      const next = ending(headed(state, event.message), event.message);
      return [next, state.phase === 'waiting' ? [opening(next.answer)] : []];
    }
    case 'block': return sent(state, begin(state, event.index, event.block));
    case 'delta': return sent(state, more(state, event.index, event.delta));
    case 'blockEnd': return sent(state, end(state, event.index));
    case 'ending': return withEnding(state, event);
    case 'end': {
      const last = concluded(state);
      return [{ ...last, phase: 'ended' }, closing(last.answer, last.includeUsage)];
    }
    case 'error': return [{ ...state, phase: 'failed' }, [failure(event.error)]];
    case 'nothing': return [state, []];
    default: return event satisfies never;
  }
}

const failure = (error: JsonNode): string => {
  const said = get(error, 'error') ?? error;
  const message = stringOf(get(said, 'message')) ?? 'the provider failed in the middle of its answer';
  return errorEvent({ message, type: 'api_error', param: null, code: stringOf(get(said, 'type')) ?? 'provider_error' });
};

/** Pieces as the events that say them. */
const sent = (before: State, [after, pieces]: Step): readonly [State, readonly string[]] => [after, sayingAll(before.answer, pieces)];

function withEnding(state: State, { delta, usage, event }: Extract<ReturnType<typeof readMessagesEvent>, { kind: 'ending' }>): readonly [State, readonly string[]] {
  const ended = ending(state, delta);
  const extra = { ...ended.answer.extra, ...leftOver(event) };
  const next = { ...ended, usage: readMessagesUsage(state.usage, usage), answer: { ...ended.answer, extra } };
  const refusal = (next.answer.choices[0]?.refusal ?? '').slice(state.answer.choices[0]?.refusal.length ?? 0);
  return [next, refusal === '' ? [] : sayingAll(state.answer, [{ kind: 'refusal', text: refusal }])];
}
