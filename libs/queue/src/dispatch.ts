/** What a worker does with Redis: take dispatched attempts, claim, stream, end, settle. The contract stands in ports.ts. */
import type { CancelReason, Heard } from '@sluice/domain';
import { batched, groupBy } from './batch.ts';
import { claimAttempt } from './claim.ts';
import { crashPoint } from './crash-points.ts';
import { DISPATCH } from './keys.ts';
import { endAttempt } from './end-attempt.ts';
import { REPORT_SENT } from './lua/permit.ts';
import type { OpenQueue } from './open.ts';
import { publisher } from './publish.ts';
import { putBack, type Held } from './recover.ts';
import { followEpoch } from './epoch.ts';
import type { Dispatch, DispatchOptions, Granted } from './ports.ts';
import { followUp, settler } from './follow-up.ts';
import { journal } from './finish-kept.ts';
import { run } from './script.ts';

/** The lock of a dispatched job is the lease of its attempt; a dead worker's are found within 5 + 2 × 2.5 s. */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_500;
const HEARTBEAT_MS = 1_000;
const REDELIVER_AFTER_MS = 5_000;

export async function startDispatch(queue: OpenQueue, options: DispatchOptions): Promise<Dispatch> {
  // By delivery, not by job: the next attempt may be claimed here before the one that asked for it has returned.
  const held = new Map<Granted, Held>();
  const settle = settler(queue);
  let tokens = 0;
  let running = 0;
  const worker = await takeDispatched(queue, options.slots, async (granted) => {
    running += 1;
    try {
      await options.handle(granted);
      crashPoint('complete:before');
    } finally {
      held.delete(granted);
      running -= 1;
    }
  });
  const stopHeartbeat = await startHeartbeat(queue, options, { running: () => running, held });
  const reportSent = sentReporter(queue);
  const publish = publisher(queue);

  worker.run().catch((error: unknown) => queue.log.error({ error }, 'dispatch stopped'));
  return {
    async claim(granted) {
      const token = `${options.worker}.${(tokens += 1)}`;
      const { claim, reply, permitToReturn } = await claimAttempt(queue, granted, token);
      crashPoint('claim:claimed');
      if (permitToReturn) await settle({ granted, settlement: { kind: 'unsent' }, record: null, jobRecord: null });
      if (claim.kind === 'claimed' || claim.kind === 'abandoned') {
        const body = claim.kind === 'claimed' ? claim.body : null;
        held.set(granted, { grant: granted.g, token, reply, begun: false, fenced: false, granted, job: claim.job, body });
      }
      return claim;
    },
    reportSent(granted, arrivedAt, heard) {
      reportSent({ granted, arrivedAt, heard }).catch((error: unknown) => queue.log.warn({ error }, 'sent report lost; the permit stays charged'));
    },
    async publish(granted, frames) {
      const writer = held.get(granted);
      if (!writer) throw new Error(`no claim on ${granted.j} is held here`);
      await publish(writer, frames);
    },
    endAttempt: (granted, end) => endAttempt(queue, held.get(granted), { granted, ...end }),
    followUp: (granted, ended) => followUp(queue, settle, { granted, ...ended }),
    noteLost: (record) => journal(queue, record),
    async quiet() { await worker.pause(true); },
    async stop() {
      await worker.close(true);
      await stopHeartbeat();
    },
  };
}

/** The library's worker, not yet running. What `handle` rejects is delivered again. */
async function takeDispatched(queue: OpenQueue, slots: number, handle: (granted: Granted) => Promise<void>) {
  // Only a worker needs it: ingress and scheduler, which import this library too, would carry it at rest.
  const { DelayedError, Worker } = await import('bullmq');
  const worker = new Worker<Granted>(DISPATCH, async (bull, lock) => {
    try {
      await handle(bull.data);
    } catch (error) {
      // Our own bug, or Redis gone: its recorded outcome, if any, decides what happens when it is delivered again.
      queue.log.error({ error, job: bull.data.j, attempt: bull.data.a }, 'attempt not finished; it is delivered again');
      await bull.moveToDelayed(Date.now() + REDELIVER_AFTER_MS, lock);
      throw new DelayedError();
    }
  }, {
    connection: queue.connect(), prefix: queue.keys.queues, concurrency: slots, lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: Number.MAX_SAFE_INTEGER, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 }, skipVersionCheck: true, autorun: false,
  });
  worker.on('error', (error) => queue.log.warn({ error: error.message }, 'dispatch'));
  return worker;
}

interface SentReport {
  readonly granted: Granted;
  readonly arrivedAt: number;
  readonly heard: Heard | null;
}

const sentReporter = ({ redis, keys, clock }: OpenQueue) => batched<SentReport, void>(64, async (reports) => {
  await Promise.all([...groupBy(reports, ({ granted }) => granted.c)].map(([connection, group]) =>
    run(redis, REPORT_SENT, [keys.permits(connection), keys.inbox(connection)],
      group.flatMap(({ granted, arrivedAt, heard }) => [granted.g, Math.ceil(arrivedAt + clock.errorMs()), heard ? JSON.stringify(heard) : '']))));
  return reports.map(() => undefined);
});

interface Running {
  readonly running: () => number;
  readonly held: ReadonlyMap<Granted, Held>;
}

const jobsIn = (held: ReadonlyMap<Granted, Held>): ReadonlySet<string> => new Set([...held.keys()].map(({ j }) => j));

/** Each second: the free slots are published, and the cancel field of every job in hand is read. */
async function startHeartbeat(queue: OpenQueue, options: DispatchOptions, now: Running): Promise<() => Promise<void>> {
  const { redis, keys, clock, log } = queue;
  const subscriber = queue.connect();
  subscriber.on('message', (_channel, message) => {
    const [job = '', reason] = message.split(' ');
    if (jobsIn(now.held).has(job)) options.onCancel(job, reason as CancelReason); // written by the door
  });
  await subscriber.subscribe(keys.channels.cancel);

  const epoch = followEpoch(queue, () => putBack(queue, [...now.held.values()]));
  const beat = async () => {
    await epoch();
    const free = Math.max(0, options.slots - now.running());
    await redis.hset(keys.workers, options.worker, `${options.slots} ${free} ${Math.round(clock.now())}`);
    const jobs = [...jobsIn(now.held)];
    const reads = redis.pipeline();
    for (const job of jobs) reads.hget(keys.job(job), 'cancel');
    const answers = jobs.length > 0 ? ((await reads.exec()) ?? []) : [];
    answers.forEach(([, reason], index) => { if (reason) options.onCancel(jobs[index] ?? '', reason as CancelReason); });
  };
  const beating = setInterval(() => void beat().catch((error: unknown) => log.debug({ error }, 'heartbeat missed')), HEARTBEAT_MS);
  await beat();
  return async () => {
    clearInterval(beating);
    subscriber.disconnect();
    await redis.hdel(keys.workers, options.worker).catch(() => undefined); // best effort: the entry goes stale by itself
  };
}
