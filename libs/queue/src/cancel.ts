/** Cancelling a job: in its lane it is final at once, elsewhere its worker is told. */
import type { CancelReason, EndError, Job } from '@sluice/domain';
import { CANCEL_JOB } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import { retireJob } from './retire.ts';
import { run } from './script.ts';
import { waitingAt } from './waiting.ts';

export interface Cancelling {
  readonly reason: CancelReason;
  /** What the caller would be told. */
  readonly error: EndError;
}

export async function cancelJob(queue: OpenQueue, job: Job, { reason, error }: Cancelling): Promise<'removed' | 'running' | 'final'> {
  const { redis, keys } = queue;
  const at = await waitingAt(queue, job);
  const state = reason === 'deadline' ? 'expired' : 'cancelled';
  if (at && await retireJob(queue, at, { state, error })) {
    // Of a lane whose head is held back the owner would believe the old number until something else moves there.
    await redis.publish(keys.channels.wake(at.connection), at.lane);
    return 'removed';
  }
  const found = liveOrFinal(await run(redis, CANCEL_JOB, [keys.job(job.id)], [reason]));
  if (found === 'running') await redis.publish(keys.channels.cancel, `${job.id} ${reason}`);
  return found;
}

export const liveOrFinal = (state: unknown): 'running' | 'final' => (state === 'queued' || state === 'running' ? 'running' : 'final');
