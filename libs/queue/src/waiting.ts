/** Where a job that has no permit stands: its lane, and the name of the attempt that waits there. */
import { attemptId, laneName, type Job } from '@sluice/domain';
import { laneOf } from './lanes.ts';
import type { OpenQueue } from './open.ts';

export interface WaitingAt {
  readonly lane: string;
  /** `<job>-<attempt>` */
  readonly id: string;
  readonly connection: string;
}

/** Undefined when the job is running, final or gone. A job between lane and worker is told as waiting; the scripts then find it gone. */
export async function waitingAt({ redis, keys }: OpenQueue, job: Job): Promise<WaitingAt | undefined> {
  const [state, attempt, route] = await redis.hmget(keys.job(job.id), 'state', 'attempt', 'route');
  if (state !== 'queued') return undefined;
  const lane = laneOf(job, Number(route));
  return { lane: laneName(lane), id: attemptId(job.id, Number(attempt)), connection: lane.connection };
}
