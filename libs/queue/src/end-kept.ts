/** Ending a kept job from outside: Postgres decides, then whatever Redis has of it is stopped. */
import type { End } from '@sluice/domain';
import { cancelJob, type Cancelling } from './cancel.ts';
import { commitEnd } from './finish-kept.ts';
import type { OpenQueue } from './open.ts';
import type { Job } from '@sluice/domain';
import { endOf, recordOf } from './unsent-record.ts';

/** Resolves with the end that stands. Repeatable, also where it was interrupted. */
export async function endKept(queue: OpenQueue, job: Job, { reason, error }: Cancelling): Promise<End> {
  const at = queue.clock.now();
  const own = endOf(job, { state: reason === 'deadline' ? 'expired' : 'cancelled', error, attempts: 0, at });
  const end = await commitEnd(queue, { job, end: own, record: recordOf(job, own, at), frames: [] });
  if (end.state === own.state) await cancelJob(queue, job, { reason, error });
  return end;
}
