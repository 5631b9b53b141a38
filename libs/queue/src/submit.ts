/** A job enters: body and job are stored, then its ticket joins its lane. Written together, in that order, in one write and one round trip. */
import { ticketOf, type Job } from '@sluice/domain';
import { crashPoint } from './crash-points.ts';
import { addToLaneCall, laneOf } from './lanes.ts';
import type { OpenQueue } from './open.ts';
import { answerOf, pipe } from './script.ts';

/** How long after its deadline an unfinished job may be forgotten. */
const KEEP_AFTER_DEADLINE_MS = 3_600_000;

export const forgottenAt = (job: Job): number => Math.round(job.deadline) + KEEP_AFTER_DEADLINE_MS;

export async function submit(queue: OpenQueue, ingress: string, { job, body }: { job: Job; body: Buffer }): Promise<void> {
  const { redis, keys } = queue;
  const key = keys.job(job.id);
  const stored = redis.pipeline()
    .hset(key, 'id', job.id, 'state', 'queued', 'attempt', 1, 'route', 0, 'reply', ingress, 'spec', JSON.stringify(job), 'body', body)
    .pexpireat(key, forgottenAt(job))
    .sadd(keys.ingressJobs(ingress), job.id);
  const add = addToLaneCall(queue, laneOf(job, 0), { ticket: ticketOf(job, 1, { route: 0, notBefore: 0 }) });
  const replies = (await pipe(stored, add).exec()) ?? [];
  const failed = replies.slice(0, -1).find(([error]) => error !== null);
  if (failed?.[0]) throw failed[0];
  await answerOf(redis, add, replies.at(-1));
  crashPoint('enqueue:added');
}
