/**
 * What every scheduler looks after once a second, whoever owns what; twice changes nothing: jobs whose ingress has died are
 * cancelled, and jobs that were retired by a process that died half way are finished.
 */
import { attemptId, laneName, type Job } from '@sluice/domain';
import { laneOf } from './lanes.ts';
import { CANCEL_JOB } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import { endErrorNote, finishLeftBehind, retireJob } from './retire.ts';
import { run } from './script.ts';

const INGRESS_DEAD_AFTER_MS = 5_000;
const HALF_RETIRED_AFTER_MS = 3_000;

export async function sweep(queue: OpenQueue): Promise<void> {
  const { redis, keys, clock } = queue;
  const dead = await redis.zrangebyscore(keys.ingresses, '-inf', Math.round(clock.now()) - INGRESS_DEAD_AFTER_MS);
  for (const ingress of dead) {
    await cancelJobsOf(queue, ingress);
    await redis.pipeline().del(keys.ingressJobs(ingress)).hdel(`${keys.ingresses}:bytes`, ingress).zrem(keys.ingresses, ingress).exec();
  }
  await finishLeftBehind(queue, HALF_RETIRED_AFTER_MS);
}

async function cancelJobsOf(queue: OpenQueue, ingress: string): Promise<void> {
  const { redis, keys } = queue;
  for (const id of await redis.smembers(keys.ingressJobs(ingress))) {
    const [spec, reply, state, attempt, route] = await redis.hmget(keys.job(id), 'spec', 'reply', 'state', 'attempt', 'route');
    if (!spec || reply !== ingress) continue; // gone, or taken over by a retry at another ingress
    const job = JSON.parse(spec) as Job; // our own, versioned
    if (job.resumable) continue;
    if (state === 'queued') {
      const lane = laneOf(job, Number(route));
      const error = endErrorNote('cancelled', 'the process that held the caller\'s connection died');
      await retireJob(queue, { connection: lane.connection, lane: laneName(lane), id: attemptId(id, Number(attempt)) }, { state: 'cancelled', error });
    }
    await run(redis, CANCEL_JOB, [keys.job(id)], ['ingress_lost']);
    await redis.publish(keys.channels.cancel, `${id} ingress_lost`);
  }
}
