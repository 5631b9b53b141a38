/** What ingress does with Redis: submit, take over, park, cancel, and read answers. The contract stands in ports.ts. */
import { attemptId, createdAtOf, laneName, ticketOf, type CancelReason, type EndError, type Job } from '@sluice/domain';
import { batched } from './batch.ts';
import { crashPoint } from './crash-points.ts';
import { decode, readReplay } from './frames.ts';
import { addToLane, laneOf, memberOf } from './lanes.ts';
import { ADOPT_JOB, CANCEL_JOB } from './lua/attempt.ts';
import { PARK, UNPARK } from './lua/lane.ts';
import type { OpenQueue } from './open.ts';
import { positionOf } from './position.ts';
import type { Door, DoorOptions, EtaTable, Learned, Recall } from './ports.ts';
import { startPressure } from './pressure.ts';
import { readLearned } from './learned.ts';
import { endErrorNote, retireJob } from './retire.ts';
import { run } from './script.ts';

/** A parked job keeps its place this long for the client's own retry. */
export const PARKED_MS = 15_000;
const HEARTBEAT_MS = 1_000;
/** How long after its deadline an unfinished job may be forgotten. */
const KEEP_AFTER_DEADLINE_MS = 3_600_000;

export async function openDoor(queue: OpenQueue, options: DoorOptions): Promise<Door> {
  const { redis, keys, clock, log } = queue;
  const abandoned = new Map<string, Job>();
  const etas = new Map<string, EtaTable>();
  let learned: ReadonlyMap<string, Learned> = new Map();
  let waitingBytes = 0;

  const subscriber = queue.connect();
  subscriber.on('messageBuffer', (_channel: Buffer, message: Buffer) => options.onFrames(decode(message)));
  await subscriber.subscribe(keys.channels.reply(options.ingress));
  const onClose = () => options.onLost();
  redis.on('close', onClose);

  const forgotten = batched<string, void>(1_000, async (jobs) => {
    await redis.srem(keys.ingressJobs(options.ingress), ...jobs);
    return jobs.map(() => undefined);
  });
  const pressure = startPressure(queue, () => waitingBytes);
  const beat = async () => {
    await redis.pipeline()
      .zadd(keys.ingresses, Math.round(clock.now()), options.ingress)
      .hset(`${keys.ingresses}:bytes`, options.ingress, waitingBytes)
      .exec();
    learned = await readLearned(redis, keys);
    for (const job of [...abandoned.values()]) {
      await cancel(job, 'client', endErrorNote('cancelled', 'the connection to the caller was given up'));
      abandoned.delete(job.id);
    }
  };
  const beating = setInterval(() => void beat().catch((error: unknown) => log.debug({ error }, 'heartbeat missed')), HEARTBEAT_MS);
  await beat();

  const waitingAt = async (job: Job): Promise<{ lane: string; id: string; connection: string; attempt: number } | undefined> => {
    const [state, attempt] = await redis.hmget(keys.job(job.id), 'state', 'attempt');
    if (state !== 'queued') return undefined;
    const route = Number((await redis.hget(keys.job(job.id), 'route')) ?? 0);
    const lane = laneOf(job, route);
    return { lane: laneName(lane), id: attemptId(job.id, Number(attempt)), connection: lane.connection, attempt: Number(attempt) };
  };

  const stateOf = (text: unknown): 'running' | 'final' => (text === 'queued' || text === 'running' ? 'running' : 'final');

  async function cancel(job: Job, reason: CancelReason, error: EndError): Promise<'removed' | 'running' | 'final'> {
    const at = await waitingAt(job);
    if (at) {
      const state = reason === 'deadline' ? 'expired' : 'cancelled';
      if (await retireJob(queue, at.connection, at, { state, error })) return 'removed';
    }
    const state = stateOf(await run(redis, CANCEL_JOB, [keys.job(job.id)], [reason]));
    if (state === 'running') await redis.publish(keys.channels.cancel, `${job.id} ${reason}`);
    return state;
  }

  return {
    async recall(fingerprint): Promise<Recall> {
      const text = await redis.get(keys.fingerprint(fingerprint));
      return text === null ? { kind: 'nothing' } : (JSON.parse(text) as Recall); // written below
    },
    async submit(job, body) {
      const lane = laneOf(job, 0);
      const key = keys.job(job.id);
      const stored = redis.pipeline()
        .hset(key, 'id', job.id, 'state', 'queued', 'attempt', 1, 'route', 0, 'reply', options.ingress, 'spec', JSON.stringify(job), 'body', body)
        .pexpireat(key, Math.round(job.deadline) + KEEP_AFTER_DEADLINE_MS)
        .sadd(keys.ingressJobs(options.ingress), job.id)
        .exec();
      crashPoint('enqueue:stored');
      await Promise.all([stored, addToLane(queue, lane, { ticket: ticketOf(job, 1, 0) })]);
      waitingBytes += job.bodyBytes;
    },
    async adopt(fingerprint) {
      const text = await redis.getdel(keys.fingerprint(fingerprint));
      const recalled = text === null ? undefined : (JSON.parse(text) as Recall);
      if (recalled?.kind !== 'orphan') return undefined;
      const spec = await run(redis, ADOPT_JOB, [keys.job(recalled.job)], [options.ingress]);
      if (typeof spec !== 'string') return undefined;
      const job = JSON.parse(spec) as Job; // our own, versioned
      await redis.sadd(keys.ingressJobs(options.ingress), job.id);
      waitingBytes += job.bodyBytes;
      const at = await waitingAt(job);
      if (at) {
        const back = await run(redis, UNPARK, [`${keys.lane(at.lane)}:prioritized`, keys.parked(at.connection)], [at.id, memberOf(at.lane, at.id)]);
        if (back === 1) await redis.publish(keys.channels.wake(at.connection), at.lane);
      }
      return job;
    },
    async park(job) {
      const at = await waitingAt(job);
      if (at) {
        const orphan: Recall = { kind: 'orphan', job: job.id };
        const [parked] = await Promise.all([
          run(redis, PARK, [`${keys.lane(at.lane)}:prioritized`, keys.parked(at.connection)],
            [at.id, memberOf(at.lane, at.id), Math.round(clock.now()) + PARKED_MS]),
          redis.set(keys.fingerprint(job.fingerprint), JSON.stringify(orphan), 'PX', PARKED_MS),
        ]);
        if (parked === 1) return 'parked';
        await redis.del(keys.fingerprint(job.fingerprint));
      }
      return stateOf(await redis.hget(keys.job(job.id), 'state'));
    },
    cancel,
    abandon: (job) => { abandoned.set(job.id, job); },
    async rememberRefusal(fingerprint, error, forMs) {
      const refusal: Recall = { kind: 'refusal', error: { ...error, retryAfterMs: null }, until: clock.now() + forMs };
      await redis.set(keys.fingerprint(fingerprint), JSON.stringify(refusal), 'PX', Math.max(1, Math.round(forMs)));
    },
    async position(job) {
      const at = await waitingAt(job);
      if (!at) return undefined;
      return positionOf(queue, etas, { ...at, rank: job.rank, createdAt: createdAtOf(job.id) });
    },
    framesAfter: (job, seq, limit = 256) => readReplay(redis, keys, { job, seq, limit }),
    async forget(job) {
      waitingBytes -= job.bodyBytes;
      await forgotten(job.id);
    },
    pressure: pressure.now,
    learned: (connection, model) => learned.get(`${connection}|${model}`),
    async stop() {
      clearInterval(beating);
      redis.off('close', onClose);
      pressure.stop();
      subscriber.disconnect();
      await redis.zrem(keys.ingresses, options.ingress).catch(() => undefined); // best effort: the heartbeat stops anyway
    },
  };
}

