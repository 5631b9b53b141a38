/** Reads a stream of chat chunks as it arrives: counts its events, checks their order, and times each by its stamp. */
import { readStamp, stampNow } from '../stamp.ts';

export interface EventReader {
  read(data: Buffer): void;
  /** Events with content, so far. */
  readonly events: number;
  /** `whole` after `[DONE]`; `cut` until then; `disorder` when an event came twice or before an earlier one; `error` after an error event. */
  readonly state: 'whole' | 'cut' | 'disorder' | 'error';
}

/** Delays (ms) are pushed to `delays`, which all streams share. */
export function eventReader(delays: number[]): EventReader {
  let rest = '';
  let events = 0;
  let lastSentAt = 0;
  let state: EventReader['state'] = 'cut';

  const readEvent = (event: string, arrivedAt: number) => {
    if (event.startsWith('data: [DONE]')) {
      if (state === 'cut') state = 'whole';
      return;
    }
    if (event.startsWith('data: {"error"')) state = 'error';
    const stamp = readStamp(event);
    if (!stamp) return;
    if (stamp.sentAt <= lastSentAt) state = 'disorder';
    lastSentAt = stamp.sentAt;
    if (!stamp.content) return;
    events++;
    delays.push(arrivedAt - stamp.sentAt);
  };

  return {
    get events() { return events; },
    get state() { return state; },
    read(data) {
      const arrivedAt = stampNow();
      const text = rest + data.toString('latin1');
      let from = 0;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', from)) {
        // A broker's comments, each ended by one line feed, may stand before the event.
        readEvent(text.slice(Math.max(from, text.lastIndexOf('\ndata: ', end - 1) + 1), end), arrivedAt);
        from = end + 2;
      }
      rest = text.slice(from);
    },
  };
}
