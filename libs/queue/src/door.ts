/** What ingress does with Redis: submit, take over, park, cancel, and read answers. The contract stands in ports.ts. */
import { randomUUID } from 'node:crypto';
import type { CancelReason, Job, JobState } from '@sluice/domain';
import type { Outlook } from '@sluice/scheduling';
import type { Redis } from 'ioredis';
import { batched } from './batch.ts';
import { cancelJob } from './cancel.ts';
import { endKept } from './end-kept.ts';
import { openAsker } from './explanations.ts';
import { decode, readReplay } from './frames.ts';
import { readLearned } from './learned.ts';
import { COUNT_READERS } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import { readOpenCircuits, type OpenCircuits } from './open-circuits.ts';
import { adopt, park, recall, rememberRefusal } from './orphans.ts';
import { positionOf, standingIn } from './position.ts';
import type { Door, DoorOptions, Learned } from './ports.ts';
import { startPressure } from './pressure.ts';
import { endErrorNote } from './retire.ts';
import { run } from './script.ts';
import { submit } from './submit.ts';
import { waitingAt } from './waiting.ts';

const HEARTBEAT_MS = 1_000;
const GIVEN_UP = { reason: 'client', error: endErrorNote('cancelled', 'the connection to the caller was given up') } as const;

/** What the door knows between heartbeats. */
interface Desk {
  readonly held: Held;
  learned: ReadonlyMap<string, Learned>;
  circuits: OpenCircuits;
  readonly abandoned: Map<string, Job>;
}

export async function openDoor(queue: OpenQueue, options: DoorOptions): Promise<Door> {
  const { redis, keys } = queue;
  const { ingress } = options;
  const desk: Desk = { held: openHeld(), learned: new Map(), circuits: new Map(), abandoned: new Map() };
  const outlooks = new Map<string, Outlook>();
  const forgotten = batched<string, void>(1_000, async (jobs) => {
    await redis.srem(keys.ingressJobs(ingress), ...jobs);
    return jobs.map(() => undefined);
  });
  const letGo = async (job: string): Promise<void> => {
    if (desk.held.remove(job)) await forgotten(job);
  };
  const subscriber = queue.connect();
  const stopListening = await listen(queue, { ...options, subscriber }, letGo);
  const asker = await openAsker(queue, subscriber, ingress);
  const pressure = startPressure(queue, desk.held.bytes);
  const stopBeating = await startBeating(queue, ingress, desk);

  return {
    recall: (fingerprint) => recall(queue, fingerprint),
    async submit(job, body) {
      desk.held.add(job);
      await submit(queue, ingress, { job, body }).catch((error: unknown) => {
        desk.held.remove(job.id);
        throw error;
      });
    },
    async adopt(fingerprint) {
      const job = await adopt(queue, fingerprint, ingress);
      if (job) desk.held.add(job);
      return job;
    },
    park: (job) => park(queue, job),
    cancel: (job, reason, error) => cancelJob(queue, job, { reason, error }),
    endKept: (job, reason, error) => endKept(queue, job, { reason, error }),
    abandon: (job) => { desk.abandoned.set(job.id, job); },
    rememberRefusal: (fingerprint, error, forMs) => rememberRefusal(queue, fingerprint, { error, forMs }),
    async position(job) {
      const at = await waitingAt(queue, job);
      return at && positionOf(queue, outlooks, { ...at, priority: job.priority });
    },
    async explain(job) {
      const at = await waitingAt(queue, job);
      const standing = at && await standingIn(queue, at);
      if (at === undefined || standing === undefined) return undefined;
      return { connection: at.connection, answer: await asker.ask(at.connection, { lane: at.lane, head: at.id, ...standing }) };
    },
    async find(id) {
      const spec = await redis.hget(keys.job(id), 'spec');
      return spec === null ? undefined : JSON.parse(spec) as Job; // our own, versioned
    },
    async status(job) {
      const [state, attempt, cancel] = await redis.hmget(keys.job(job), 'state', 'attempt', 'cancel');
      return state ? { state: state as JobState, attempt: Number(attempt), cancel: (cancel as CancelReason | null | undefined) ?? null } : undefined; // written by scripts of ours
    },
    ...readersOf(queue),
    wakeFeeder() {
      redis.publish(keys.channels.feed, '').catch(() => undefined); // the feeder looks by itself
    },
    framesAfter: (job, seq, limit = 256) => readReplay(redis, keys, { job, seq, limit }),
    forget: (job) => letGo(job.id),
    pressure: pressure.now,
    isCircuitOpen: (connection, model) => desk.circuits.get(connection)?.some((one) => one === '*' || one === model) ?? false,
    learned: (connection, model) => desk.learned.get(`${connection}|${model}`),
    async stop() {
      await stopBeating();
      pressure.stop();
      asker.stop();
      stopListening();
    },
  };
}

/** Who reads an answer, counted on its job, so that the last to leave knows that he is. */
const readersOf = ({ redis, keys }: OpenQueue): Pick<Door, 'readerCame' | 'readerLeft' | 'isStillLeft'> => ({
  async readerCame(job) { await run(redis, COUNT_READERS, [keys.job(job)], [1, '']); },
  async readerLeft(job, counted) {
    const mark = randomUUID();
    return (await run(redis, COUNT_READERS, [keys.job(job)], [counted ? -1 : 0, mark])) === 1 ? mark : undefined;
  },
  async isStillLeft(job, mark) {
    const [left, readers] = await redis.hmget(keys.job(job), 'left', 'readers');
    return left === mark && Number(readers) <= 0;
  },
});

/** To answers, and to the connection itself. Whoever has left his call to its fate is not there to let go of it: its end does. */
async function listen(queue: OpenQueue, { ingress, onFrames, onLost, subscriber }: DoorOptions & { subscriber: Redis }, letGo: (job: string) => Promise<void>): Promise<() => void> {
  const replies = queue.keys.channels.reply(ingress);
  subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => {
    if (channel.toString() !== replies) return;
    const frames = decode(message);
    onFrames(frames);
    for (const { job, kind } of frames) {
      if (kind === 'end') letGo(job).catch((error: unknown) => queue.log.debug({ error }, 'a job was not let go'));
    }
  });
  await subscriber.subscribe(replies);
  queue.redis.on('close', onLost);
  return () => {
    queue.redis.off('close', onLost);
    subscriber.disconnect();
  };
}

async function startBeating(queue: OpenQueue, ingress: string, desk: Desk): Promise<() => Promise<void>> {
  const { redis, keys, clock, log } = queue;
  const beat = async () => {
    await redis.pipeline().zadd(keys.ingresses, clock.now(), ingress).hset(`${keys.ingresses}:bytes`, ingress, desk.held.bytes()).exec();
    desk.learned = await readLearned(redis, keys);
    desk.circuits = await readOpenCircuits(queue, clock.now());
    for (const job of [...desk.abandoned.values()]) {
      await cancelJob(queue, job, GIVEN_UP);
      desk.abandoned.delete(job.id);
    }
  };
  const timer = setInterval(() => void beat().catch((error: unknown) => log.debug({ error }, 'heartbeat missed')), HEARTBEAT_MS);
  await beat();
  return async () => {
    clearInterval(timer);
    await redis.zrem(keys.ingresses, ingress).catch(() => undefined); // best effort: the heartbeat has stopped anyway
  };
}

/** The jobs this ingress stands for, and what their bodies take. */
interface Held {
  add(job: Job): void;
  /** False when it was not there. */
  remove(job: string): boolean;
  bytes(): number;
}

function openHeld(): Held {
  const jobs = new Map<string, number>();
  let bytes = 0;
  return {
    add(job) {
      bytes += job.bodyBytes - (jobs.get(job.id) ?? 0); // taken over by the ingress that parked it, it is there already
      jobs.set(job.id, job.bodyBytes);
    },
    remove(job) {
      bytes -= jobs.get(job) ?? 0;
      return jobs.delete(job);
    },
    bytes: () => bytes,
  };
}
