/**
 * Attempts that run while Redis loses its memory. One whose answer has not begun goes on: its job is put back as its claim
 * left it. One whose answer has begun is given up, because the frames that its readers have not seen are gone.
 */
import type { Job } from '@sluice/domain';
import { RECREATE_JOB } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import type { Granted } from './ports.ts';
import type { Writer } from './publish.ts';
import { run } from './script.ts';
import { forgottenAt } from './submit.ts';

/** A claim of this process. */
export interface Held extends Writer {
  readonly granted: Granted;
  readonly job: Job;
  /** null: of an attempt that another process made, and that only has to be recorded. */
  readonly body: Buffer | null;
}

export async function putBack({ redis, keys }: OpenQueue, held: readonly Held[]): Promise<void> {
  await Promise.all(held.map(async (one) => {
    const { granted, job, body, reply, token } = one;
    if (one.begun) one.fenced = true;
    if (one.fenced || !body) return;
    await run(redis, RECREATE_JOB, [keys.job(job.id)],
      [job.id, granted.a, granted.r, reply, JSON.stringify(job), body, forgottenAt(job), granted.g, token]);
  }));
}
