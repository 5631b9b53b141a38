/**
 * A worker on a real Redis with everything around it that it needs to be fed: a door that submits, and a scheduler that
 * grants whatever waits, at once. Providers are whatever the test connects.
 */
import { randomUUID } from 'node:crypto';
import { newJobId, parseLane, type AttemptRecord, type Connection, type End, type Frame, type Head, type Job, type Logger } from '@sluice/domain';
import { CALL_LIMITS, openAuthorizer, openTransport, type CallLimits } from '@sluice/providers';
import { openDoor, openMemory, openQueue, openScheduler, startDispatch, startDrain, type Granted, type OpenQueue } from '@sluice/queue';
import { createMetrics } from '@sluice/telemetry';
import { waitFor } from '@sluice/testkit';
import { inject } from 'vitest';
import { openCooldowns } from '../src/cooldowns.ts';
import { openGuards } from '../src/guards.ts';
import { startWorker, type Worker } from '../src/index.ts';
import { exampleJob } from './examples.ts';

export interface Answered {
  readonly head: Head | undefined;
  readonly body: string;
  readonly end: End;
}

export interface Harness {
  readonly queue: OpenQueue;
  /** Log lines, as JSON. */
  readonly logged: readonly string[];
  readonly worker: Worker;
  /** Submits a job for this body and resolves with its answer. */
  ask(given: Partial<Job>, body: object | Buffer): Promise<Answered>;
  submit(given: Partial<Job>, body: object | Buffer): Promise<Job>;
  answerOf(job: Job): Promise<Answered>;
  framesOf(job: Job): readonly Frame[];
  cancel(job: Job): Promise<void>;
  /** Attempts as the journal has them, in order. */
  attemptsOf(job: Job): Promise<readonly AttemptRecord[]>;
  /** Grants of a connection that were neither settled nor released. */
  openPermits(): Promise<number>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  /** Of every connection; a key alone where they are not given. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Base URLs of the connections `c1`, `c2`, … */
  readonly connections: Readonly<Record<string, Partial<Connection> & { readonly baseUrl: string }>>;
  readonly limits?: Partial<CallLimits>;
  readonly graceMs?: number;
  readonly sendWithinMs?: number;
  /** Reads the journal for `attemptsOf`; false leaves it to the test. Default true. */
  readonly drain?: boolean;
}

export const SECRET = 'sk-planted-secret-8c1f';

export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const logged: string[] = [];
  const line = (fields: object, message: string): void => void logged.push(JSON.stringify({ message, ...fields }));
  const log: Logger = { debug: line, info: line, warn: line, error: line };
  const prefix = `test-${randomUUID()}`;
  const queue = await openQueue({ url: inject('redisUrl'), prefix, log });
  const frames = new Map<string, Frame[]>();
  const door = await openDoor(queue, {
    ingress: 'in', onLost: () => undefined,
    onFrames: (some) => {
      for (const frame of some) frames.set(frame.job, [...(frames.get(frame.job) ?? []), frame]);
    },
  });
  const attempts: AttemptRecord[] = [];
  const drain = options.drain === false ? undefined : await startDrain(queue, {
    group: 'audit', consumer: 'test', batch: 100, maySkip: false,
    handle: (records) => {
      attempts.push(...records.filter((record) => record.kind === 'attempt'));
      return Promise.resolve();
    },
  });
  const connections = new Map(Object.entries(options.connections).map(([id, given]) => [id, connection(id, given)]));
  const scheduler = await startGranter(queue, [...connections.keys()], options.sendWithinMs ?? 5_000);
  const now = () => Math.ceil(queue.now());
  const transport = openTransport({ now, connectMs: CALL_LIMITS.connectMs });
  const worker = await startWorker({
    tools: {
      memory: openMemory(queue), transport, authorizer: openAuthorizer({ now: Date.now }), limits: { ...CALL_LIMITS, ...options.limits }, now, log, metrics: createMetrics('worker'),
      connections: { find: (id) => connections.get(id), credentials: () => options.credentials ?? { api_key: SECRET }, callersKey: (sealed) => sealed },
      guards: openGuards(), cooldowns: openCooldowns(),
    },
    startDispatch: (given) => startDispatch(queue, given),
    worker: 'w', slots: 64, graceMs: options.graceMs ?? 1_000,
  });

  const submit = async (given: Partial<Job>, body: object | Buffer): Promise<Job> => {
    const text = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const at = now();
    const job = exampleJob({
      id: newJobId(at), createdAt: at, startBy: at + 60_000, deadline: at + 60_000, bodyBytes: text.length,
      fingerprint: randomUUID(), ...given,
    });
    await door.submit(job, text);
    return job;
  };
  const answerOf = async (job: Job): Promise<Answered> => {
    await waitFor(() => frames.get(job.id)?.some(({ kind }) => kind === 'end'), { withinMs: 20_000, what: 'the end of the job' });
    return readAnswer(await door.framesAfter(job.id, 0, 100_000));
  };
  return {
    queue, logged, worker, submit, answerOf,
    ask: async (given, body) => answerOf(await submit(given, body)),
    framesOf: (job) => frames.get(job.id) ?? [],
    cancel: async (job) => {
      await door.cancel(job, 'client', { code: 'cancelled', message: 'gone', param: null, retryAfterMs: null, provider: null });
    },
    async attemptsOf(job) {
      await drain?.caughtUp(5_000);
      return attempts.filter((record) => record.job === job.id).sort((a, b) => a.attempt - b.attempt);
    },
    openPermits: () => scheduler.open(),
    async stop() {
      for (const part of [worker, transport, scheduler, drain, door, queue]) await part?.stop();
    },
  };
}

function readAnswer(frames: readonly Frame[]): Answered {
  const numbered = frames.filter(({ kind }) => kind !== 'end');
  numbered.forEach(({ seq }, index) => {
    if (seq !== index + 1) throw new Error(`frame ${seq} stands where ${index + 1} belongs`);
  });
  const head = numbered.find(({ kind }) => kind === 'head');
  const end = JSON.parse(String(frames.at(-1)?.data)) as End;
  if (end.last !== numbered.length) throw new Error(`the end speaks of ${end.last} frames, there are ${numbered.length}`);
  return {
    head: head && (JSON.parse(String(head.data)) as Head),
    body: Buffer.concat(numbered.filter(({ kind }) => kind === 'data').map(({ data }) => data)).toString(),
    end,
  };
}

const connection = (id: string, given: Partial<Connection> & { readonly baseUrl: string }): Connection => ({
  id, name: id, provider: 'openai', sealedCredentials: null, limits: [], guardMs: 100, headroom: 'off', slotShare: 100, state: 'enabled', ...given,
});

/** Owns the connections and grants the head of every lane whose time has come. */
export async function startGranter(queue: OpenQueue, connections: readonly string[], sendWithinMs: number) {
  const role = await openScheduler(queue, { scheduler: 's', onWake: () => undefined });
  const owned = new Map<string, NonNullable<Awaited<ReturnType<typeof role.acquire>>>>();
  let grant = 0;
  for (const id of connections) {
    const one = await role.acquire(id, 600_000);
    if (!one) throw new Error(`connection ${id} is not to be had`);
    owned.set(id, one);
    grant = Math.max(grant, one.fence);
  }
  const turn = async (): Promise<void> => {
    for (const [id, one] of owned) {
      const lanes = await role.activeLanes(id);
      const looked = lanes.length > 0 ? await role.look(one, lanes, 50) : undefined;
      const at = Math.ceil(queue.now());
      const grants = (looked?.lanes ?? []).flatMap(({ lane, heads }) => heads
        .filter(({ ticket }) => ticket.b <= at)
        .map(({ ticket, score }): Granted => ({
          ...ticket, l: lane, c: parseLane(lane).connection, g: ++grant, ga: at, sb: at + sendWithinMs, e: 0, sc: score,
        })));
      if (grants.length > 0) await role.grant(one, grants);
    }
  };
  let stopped = false;
  let turning = Promise.resolve();
  const again = (): void => {
    if (!stopped) turning = turn().then(() => new Promise((resolve) => setTimeout(resolve, 5))).then(again);
  };
  again();
  return {
    async open(): Promise<number> {
      const permits = await Promise.all([...owned.values()].map((one) => role.takeOver(one)));
      return permits.flatMap((list) => list ?? []).filter(({ state }) => state.kind !== 'settled' && state.kind !== 'withdrawn').length;
    },
    async stop() {
      stopped = true;
      await turning;
      for (const one of owned.values()) await role.release(one);
      await role.stop();
    },
  };
}
