/** Event ids of resumable streams: `<job>:<seq>`, in front of the event as the provider sent it. */
import { SluiceError } from '@sluice/domain';
import { dataOf } from '@sluice/wire';

/** A comment gets none: an id that no data follows makes some clients see an empty event. */
export const withEventId = (event: Buffer, job: string, seq: number): Buffer =>
  dataOf(event) === undefined ? event : Buffer.concat([Buffer.from(`id: ${job}:${seq}\n`), event]);

/** Where a reader wants to go on: `starting_after`, or else the id of the last event it has. Undefined: from the beginning. */
export function lastSeen(job: string, startingAfter: unknown, lastEventId: string | undefined): number | undefined {
  if (startingAfter !== undefined) return numberIn(startingAfter, 'starting_after');
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const [named, seq] = lastEventId.split(':');
  if (named !== job) throw new SluiceError('invalid_request', `last-event-id: expected an id of this stream, ${job}:<number>`, { param: 'last-event-id' });
  return numberIn(seq, 'last-event-id');
}

function numberIn(text: unknown, param: string): number | undefined {
  const seq = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(seq)) throw new SluiceError('invalid_request', `${param}: expected the number of an event`, { param });
  return seq === 0 ? undefined : seq;
}
