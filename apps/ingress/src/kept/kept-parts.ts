/** What kept jobs are served with. */
import { SluiceError } from '@sluice/domain';
import type { Logger } from '@sluice/domain';
import type { Door } from '@sluice/queue';
import type { KeptJobs, StoredJob } from '@sluice/store';

export interface KeptParts {
  readonly jobs: KeptJobs;
  readonly door: Door;
  readonly log: Logger;
  /** Of this process: where frames of the jobs it accepts are sent. */
  readonly ingress: string;
  /** Epoch ms of Redis. */
  readonly now: () => number;
}

/** Throws `unavailable`: kept work is not promised, and not looked for, where Postgres cannot be asked. */
export const asked = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((cause: unknown) => Promise.reject(new SluiceError('unavailable', 'the store of kept jobs is not reachable', { cause })));

/** Throws `not_found`, also for a job of another environment and one past the retention. */
export async function storedJob({ jobs, now }: Pick<KeptParts, 'jobs' | 'now'>, home: { id: string; retentionMs: number }, id: string): Promise<StoredJob> {
  const found = await asked(jobs.find(home.id, id));
  const isKept = found && (found.endedAt === null || found.job.createdAt >= now() - home.retentionMs);
  if (!isKept) throw new SluiceError('not_found', 'there is no such job', { param: 'id' });
  return found;
}
