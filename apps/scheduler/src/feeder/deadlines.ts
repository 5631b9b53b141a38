/** Deadlines of kept jobs: Postgres decides, wherever the job is. Behind the scheduler and the worker, who look at the same time. */
import type { EndError } from '@sluice/domain';
import type { FeederOptions } from './feeder.ts';

const BEHIND_MS = 2_000;
const AT_ONCE = 200;

const plain = (code: EndError['code'], message: string): EndError => ({ code, message, param: null, retryAfterMs: null, provider: null });
const DEADLINE_EXCEEDED = plain('deadline_exceeded', 'The deadline passed before the answer was complete. Set a later deadline to give it more time.');
export const ENDED_MEANWHILE = plain('cancelled', 'The job was cancelled.');

export async function expireOverdue({ role, jobs, now }: FeederOptions): Promise<void> {
  for (const job of await jobs.overdue(now() - BEHIND_MS, AT_ONCE)) await role.end(job, 'deadline', DEADLINE_EXCEEDED);
}
