/**
 * The client of a kept job went away. Asynchronous work, and work under an idempotency key, goes on: its caller will ask for it.
 * A resumable stream goes on for a while, and is then cancelled if nobody came back to it.
 */
import type { EndError, Job } from '@sluice/domain';
import type { KeptParts } from './kept-parts.ts';

const RESUME_GRACE_MS = 30_000;
const LEFT: EndError = { code: 'cancelled', message: 'The client of the stream went away and did not come back.', param: null, retryAfterMs: null, provider: null };

/** `counted`: the reader had been told of (`readerCame`). */
export function leaveKept(job: Job, { door, log }: Pick<KeptParts, 'door' | 'log'>, counted = false): void {
  if (job.mode !== 'sync' || !job.resumable) return;
  const failed = (error: unknown) => log.warn({ job: job.id, error }, 'a stream that was left goes on to its end');
  door.readerLeft(job.id, counted).then((mark) => {
    if (mark === undefined) return;
    const timer = setTimeout(() => {
      door.isStillLeft(job.id, mark)
        .then(async (left) => { if (left) await door.endKept(job, 'client', LEFT); })
        .catch(failed);
    }, RESUME_GRACE_MS);
    timer.unref();
  }, failed);
}
