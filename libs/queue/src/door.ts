/** What ingress does with Redis: submit, take over, park, cancel, and read answers. The contract stands in ports.ts. */
import { createdAtOf, type Job } from '@sluice/domain';
import { batched } from './batch.ts';
import { cancelJob } from './cancel.ts';
import { decode, readReplay } from './frames.ts';
import { readLearned } from './learned.ts';
import type { OpenQueue } from './open.ts';
import { adopt, park, recall, rememberRefusal } from './orphans.ts';
import { positionOf } from './position.ts';
import type { Door, DoorOptions, EtaTable, Learned } from './ports.ts';
import { startPressure } from './pressure.ts';
import { endErrorNote } from './retire.ts';
import { submit } from './submit.ts';
import { waitingAt } from './waiting.ts';

const HEARTBEAT_MS = 1_000;
const GIVEN_UP = { reason: 'client', error: endErrorNote('cancelled', 'the connection to the caller was given up') } as const;

/** What the door knows between heartbeats. */
interface Desk {
  waitingBytes: number;
  learned: ReadonlyMap<string, Learned>;
  readonly abandoned: Map<string, Job>;
}

export async function openDoor(queue: OpenQueue, options: DoorOptions): Promise<Door> {
  const { redis, keys } = queue;
  const { ingress } = options;
  const desk: Desk = { waitingBytes: 0, learned: new Map(), abandoned: new Map() };
  const etas = new Map<string, EtaTable>();
  const stopListening = await listen(queue, options);
  const pressure = startPressure(queue, () => desk.waitingBytes);
  const stopBeating = await startBeating(queue, ingress, desk);
  const forgotten = batched<string, void>(1_000, async (jobs) => {
    await redis.srem(keys.ingressJobs(ingress), ...jobs);
    return jobs.map(() => undefined);
  });

  return {
    recall: (fingerprint) => recall(queue, fingerprint),
    async submit(job, body) {
      await submit(queue, ingress, { job, body });
      desk.waitingBytes += job.bodyBytes;
    },
    async adopt(fingerprint) {
      const job = await adopt(queue, fingerprint, ingress);
      desk.waitingBytes += job?.bodyBytes ?? 0;
      return job;
    },
    park: (job) => park(queue, job),
    cancel: (job, reason, error) => cancelJob(queue, job, { reason, error }),
    abandon: (job) => { desk.abandoned.set(job.id, job); },
    rememberRefusal: (fingerprint, error, forMs) => rememberRefusal(queue, fingerprint, { error, forMs }),
    async position(job) {
      const at = await waitingAt(queue, job);
      return at && positionOf(queue, etas, { ...at, rank: job.rank, createdAt: createdAtOf(job.id) });
    },
    framesAfter: (job, seq, limit = 256) => readReplay(redis, keys, { job, seq, limit }),
    async forget(job) {
      desk.waitingBytes -= job.bodyBytes;
      await forgotten(job.id);
    },
    pressure: pressure.now,
    learned: (connection, model) => desk.learned.get(`${connection}|${model}`),
    async stop() {
      await stopBeating();
      pressure.stop();
      stopListening();
    },
  };
}

/** To answers, and to the connection itself. */
async function listen(queue: OpenQueue, { ingress, onFrames, onLost }: DoorOptions): Promise<() => void> {
  const subscriber = queue.connect();
  subscriber.on('messageBuffer', (_channel: Buffer, message: Buffer) => onFrames(decode(message)));
  await subscriber.subscribe(queue.keys.channels.reply(ingress));
  queue.redis.on('close', onLost);
  return () => {
    queue.redis.off('close', onLost);
    subscriber.disconnect();
  };
}

async function startBeating(queue: OpenQueue, ingress: string, desk: Desk): Promise<() => Promise<void>> {
  const { redis, keys, clock, log } = queue;
  const beat = async () => {
    await redis.pipeline().zadd(keys.ingresses, clock.now(), ingress).hset(`${keys.ingresses}:bytes`, ingress, desk.waitingBytes).exec();
    desk.learned = await readLearned(redis, keys);
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
