/** A door, any number of schedulers and workers on one Redis; the workers' calls are made by the test. */
import { randomUUID } from 'node:crypto';
import { newJobId, type AttemptRecord, type Connection, type Frame, type Job, type Limit, type Logger, type Part, type Snapshot } from '@sluice/domain';
import { openDoor, openQueue, openScheduler, startDispatch, type Dispatch, type Door, type EndedAttempt, type Granted } from '@sluice/queue';
import { createMetrics, type Exposition, type SchedulerMetrics } from '@sluice/telemetry';
import { inject } from 'vitest';
import type { Budgets } from '../src/lending.ts';
import { startScheduler, type Scheduler } from '../src/scheduler.ts';

export const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const connection = (limits: readonly Limit[]): Connection => ({
  id: 'con_1', name: 'main', provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', sealedCredentials: null, limits, guardMs: 20,
  headroom: 'off', slotShare: 100, state: 'enabled',
});

export const snapshotOf = (limits: readonly Limit[], changes: Partial<Connection> = {}): Snapshot => ({
  version: 1,
  environments: [{
    id: 'env', workspace: 'w', name: 'default', resources: [], apiKeys: [],
    settings: {
      retentionMs: 1, capture: 'metadata', batchPriority: 'batch', directRouting: false, corsOrigins: [], webhooksAllow: [], webhooksAllowPrivate: false,
      providerKeys: false, strategy: 'weighted',
    },
    connections: [{ ...connection(limits), ...changes }],
    priorities: [
      { name: 'urgent', rank: 0, reserved: 0, ceiling: 100, agesAfterMs: null }, { name: 'batch', rank: 1, reserved: 0, ceiling: 100, agesAfterMs: null },
    ],
  }],
});

/** No test of the rig has a limit that is kept in Postgres. */
const budgets: Budgets = { charge: (limit) => Promise.reject(new Error(`${limit} is kept nowhere`)) };

export interface Rig extends Part {
  readonly door: Door;
  readonly frames: readonly Frame[];
  readonly now: () => number;
  /** What FLUSHALL does to one installation. */
  forgetAll(): Promise<void>;
  /** What a restart of Redis with its memory does. */
  restart(): Promise<void>;
  /** Submits a job; `changes` over a plain one. */
  submit(changes?: Partial<Job>): Promise<Job>;
  scheduler(snapshot: Snapshot, metrics?: SchedulerMetrics & Exposition): Promise<Scheduler & { readonly die: () => Promise<void> }>;
  /** Makes each call by `call`, which answers when the provider would. */
  worker(call: (granted: Granted) => Promise<{ inputTokens: number; outputTokens: number }>): Promise<Dispatch>;
}

export async function openRig(): Promise<Rig> {
  const prefix = `test-${randomUUID()}`;
  const openOne = () => openQueue({ url: inject('redisUrl'), prefix, log: quiet });
  const queue = await openOne();
  const frames: Frame[] = [];
  const door = await openDoor(queue, { ingress: 'in', onFrames: (some) => frames.push(...some), onLost: () => undefined });
  const parts: Part[] = [queue, door];
  let firstEpoch: string | undefined;
  return {
    door, frames, now: queue.now,
    async forgetAll() {
      const keys = await queue.redis.keys(`${prefix}*`);
      if (keys.length > 0) await queue.redis.del(...keys);
    },
    async restart() { await queue.redis.hset(queue.keys.epoch, 'run', 'another'); },
    async submit(changes = {}) {
      const now = queue.now();
      const job = jobAt(now, changes);
      await door.submit(job, Buffer.from('{}'));
      return job;
    },
    async scheduler(snapshot, metrics = createMetrics('scheduler')) {
      const own = await openOne();
      let scheduler: Scheduler | undefined;
      const role = await openScheduler(own, { scheduler: randomUUID(), onWake: (id, woken) => scheduler?.wake(id, woken) });
      scheduler = await startScheduler({ role, snapshot: () => snapshot, now: own.now, metrics, log: quiet, budgets, isFirstEpoch: async (name) => (firstEpoch ??= name) === name });
      const started = scheduler;
      parts.push(own, role, started);
      // What a killed process leaves: no lease given up, no word to anyone.
      return Object.assign(started, { die: async () => { await own.stop(); } });
    },
    async worker(call) {
      const own = await openOne();
      const dispatch: Dispatch = await startDispatch(own, {
        worker: randomUUID(), slots: 64, onCancel: () => undefined,
        handle: async (granted) => {
          const claim = await dispatch.claim(granted);
          if (claim.kind !== 'claimed') return;
          const sentAt = own.now();
          const { inputTokens, outputTokens } = await call(granted);
          const ended = endedOf(granted, claim.job, { sentAt, endedAt: own.now(), inputTokens, outputTokens });
          const end = { state: 'completed' as const, last: 0, attempts: 1, usage: null, error: null, route: 0, queueMs: 0 };
          if (await dispatch.endAttempt(granted, { job: claim.job, ended, frames: [], end }) === 'recorded') await dispatch.followUp(granted, { job: claim.job, ended, frames: null });
        },
      });
      parts.push(own, dispatch);
      return dispatch;
    },
    async stop() {
      for (const part of parts.toReversed()) await part.stop().catch(() => undefined); // some of them died on purpose
    },
  };
}

function jobAt(now: number, changes: Partial<Job>): Job {
  return {
    v: 1, id: newJobId(now), workspace: 'w', environment: 'env', apiKey: 'k', tenant: 't', weight: 1, resource: 'fast', priority: 'urgent', rank: 0,
    endpoint: 'chat', mode: 'sync', stream: false, resumable: false,
    routes: [{ connection: 'con_1', name: 'main', provider: 'openai-compatible', model: 'm' }], onUnsupported: 'refuse',
    createdAt: now, startBy: now + 60_000, deadline: now + 60_000, estimate: { inputTokens: 10, outputTokens: 10, maximumOutputTokens: 10 },
    bodyBytes: 2, fingerprint: randomUUID(), correlationId: null, tags: [], metadata: {}, capture: 'none', ...changes,
  };
}

interface Call { readonly sentAt: number; readonly endedAt: number; readonly inputTokens: number; readonly outputTokens: number }

function endedOf(granted: Granted, job: Job, { sentAt, endedAt, inputTokens, outputTokens }: Call): EndedAttempt {
  const record: AttemptRecord = {
    v: 1, kind: 'attempt', job: job.id, attempt: granted.a, workspace: 'w', environment: 'env', connection: granted.c, resource: 'fast',
    provider: 'openai-compatible', model: 'm', priority: job.priority, tenant: job.tenant, mode: 'sync', outcome: 'completed', errorCode: null, errorMessage: null,
    httpStatus: 200, upstreamRequestId: null, queuedAt: granted.t, grantedAt: granted.ga, sentAt, firstByteAt: endedAt, endedAt, inputTokens, outputTokens,
    cachedInputTokens: 0, reasoningTokens: 0, reservedTokens: granted.i + granted.o, usageSource: 'provider',
  };
  return {
    v: 1, outcome: 'completed', next: { kind: 'finish', state: 'completed' }, record, jobRecord: null, costs: false,
    settlement: { kind: 'sent', arrivedAt: Math.min(endedAt, sentAt + 20), endedAt, inputTokens, outputTokens, cooldownUntil: null },
  };
}
