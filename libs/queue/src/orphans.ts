/**
 * How clients' own retries are met. A client that goes away while its job waits leaves an orphan: out of its lane, its place
 * kept, found again by the fingerprint of the request. A byte-identical request takes it over, once. A final refusal is
 * remembered under the same fingerprint until its Retry-After.
 */
import type { EndError, Job } from '@sluice/domain';
import { liveOrFinal } from './cancel.ts';
import { memberOf } from './lanes.ts';
import { ADOPT_JOB } from './lua/attempt.ts';
import { PARK, UNPARK } from './lua/lane.ts';
import type { OpenQueue } from './open.ts';
import type { Recall } from './ports.ts';
import { run } from './script.ts';
import { waitingAt, type WaitingAt } from './waiting.ts';

/** A parked job keeps its place this long. */
export const PARKED_MS = 15_000;

export async function recall({ redis, keys }: OpenQueue, fingerprint: string): Promise<Recall> {
  const text = await redis.get(keys.fingerprint(fingerprint));
  return text === null ? { kind: 'nothing' } : (JSON.parse(text) as Recall); // written below
}

export async function rememberRefusal({ redis, keys, clock }: OpenQueue, fingerprint: string, refused: { error: EndError; forMs: number }): Promise<void> {
  const refusal: Recall = { kind: 'refusal', error: { ...refused.error, retryAfterMs: null }, until: clock.now() + refused.forMs };
  await redis.set(keys.fingerprint(fingerprint), JSON.stringify(refusal), 'PX', Math.max(1, Math.round(refused.forMs)));
}

const placesOf = ({ keys }: OpenQueue, at: WaitingAt): string[] => [`${keys.lane(at.lane)}:prioritized`, keys.parked(at.connection)];

export async function park(queue: OpenQueue, job: Job): Promise<'parked' | 'running' | 'final'> {
  const { redis, keys, clock } = queue;
  const at = await waitingAt(queue, job);
  if (at) {
    const orphan: Recall = { kind: 'orphan', job: job.id };
    const [parked] = await Promise.all([
      run(redis, PARK, placesOf(queue, at), [at.id, memberOf(at.lane, at.id), clock.now() + PARKED_MS]),
      redis.set(keys.fingerprint(job.fingerprint), JSON.stringify(orphan), 'PX', PARKED_MS),
    ]);
    if (parked === 1) return 'parked';
    await redis.del(keys.fingerprint(job.fingerprint));
  }
  return liveOrFinal(await redis.hget(keys.job(job.id), 'state'));
}

/** The orphan's job, now answering to this ingress; undefined when there is none, or somebody else was first. */
export async function adopt(queue: OpenQueue, fingerprint: string, ingress: string): Promise<Job | undefined> {
  const { redis, keys } = queue;
  const text = await redis.getdel(keys.fingerprint(fingerprint));
  const recalled = text === null ? undefined : (JSON.parse(text) as Recall); // written above
  if (recalled?.kind !== 'orphan') return undefined;
  const spec = await run(redis, ADOPT_JOB, [keys.job(recalled.job)], [ingress]);
  if (typeof spec !== 'string') return undefined;
  const job = JSON.parse(spec) as Job; // our own, versioned
  await redis.sadd(keys.ingressJobs(ingress), job.id);
  const at = await waitingAt(queue, job);
  if (at && await run(redis, UNPARK, placesOf(queue, at), [at.id, memberOf(at.lane, at.id)]) === 1) {
    await redis.publish(keys.channels.wake(at.connection), at.lane);
  }
  return job;
}
