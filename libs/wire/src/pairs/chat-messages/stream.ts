/** A Messages stream as a Chat stream. */
import { opening, sayingAll } from '../../formats/chat/answer.ts';
import { chatStream, ended, failed, type Step } from '../../formats/chat/making.ts';
import { readMessagesEvent, type MessagesEvent } from '../../formats/messages/events.ts';
import { readMessagesUsage } from '../../formats/messages/usage.ts';
import type { Pair, ProviderEvent } from '../pair.ts';
import { begin, end, more, type State } from './blocks.ts';
import { concluded, ending, headed, initial, leftOver } from './response.ts';

export const stream: Pair<State>['stream'] = chatStream({ start: initial, take, conclude: concluded });

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
    case 'end': return ended(concluded(state));
    case 'error': return failed(state, event.error);
    case 'nothing': return [state, []];
    default: return event satisfies never;
  }
}

/** Pieces as the events that say them. */
const sent = (before: State, [after, pieces]: Step<State>): readonly [State, readonly string[]] => [after, sayingAll(before.answer, pieces)];

function withEnding(state: State, { delta, usage, event }: Extract<MessagesEvent, { kind: 'ending' }>): readonly [State, readonly string[]] {
  const next = ending(state, delta);
  const extra = { ...next.answer.extra, ...leftOver(event) };
  const refusal = (next.answer.choices[0]?.refusal ?? '').slice(state.answer.choices[0]?.refusal.length ?? 0);
  return [
    { ...next, usage: readMessagesUsage(state.usage, usage), answer: { ...next.answer, extra } },
    refusal === '' ? [] : sayingAll(state.answer, [{ kind: 'refusal', text: refusal }]),
  ];
}
