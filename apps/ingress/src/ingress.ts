/** The HTTP edge as one part: what it serves, and how it leaves. */
import { randomUUID } from 'node:crypto';
import type { ChunkStore, Logger, Part, UsageSource } from '@sluice/domain';
import { openDiscovered, openDoor, openOperations } from '@sluice/queue';
import type { openQueue } from '@sluice/queue';
import { seal } from '@sluice/store';
import type { Configuration, Store } from '@sluice/store';
import type { Exposition, IngressMetrics } from '@sluice/telemetry';
import { openAdmin } from './admin/app.ts';
import type { SealKey } from './admit/admit.ts';
import { watchBudgets } from './admit/budgets.ts';
import { followDirectory } from './admit/directory.ts';
import { startKeeper } from './batches/keeper.ts';
import { unavailable } from './call/call.ts';
import { Calls } from './call/calls.ts';
import { completionsBy } from './complete.ts';
import { submitJob } from './kept/submit-job.ts';
import { BodyBudget } from './http/read-body.ts';
import { listen } from './http/server.ts';
import { pages } from './pages/app.ts';
import { healthOf } from './pages/health.ts';

export interface IngressOptions {
  readonly queue: Awaited<ReturnType<typeof openQueue>>;
  readonly configuration: Pick<Configuration, 'snapshot' | 'refresh'>;
  readonly store: Pick<Store, 'ping' | 'jobs' | 'files' | 'batches' | 'admin' | 'budgets' | 'webhooks' | 'reconcile'>;
  readonly usage: UsageSource;
  /** Null: operators cannot enter secrets here, and callers bring no keys. */
  readonly masterKey: Uint8Array | null;
  readonly chunks: ChunkStore;
  readonly metrics: IngressMetrics & Exposition;
  readonly log: Logger;
  readonly port: number;
  readonly host: string;
  /** How long open calls may go on once it stops. */
  readonly graceMs?: number;
}

export interface Ingress extends Part {
  readonly port: number;
}

/** Bodies being read hold at most this together; Redis holds them afterwards. */
const BODY_BUDGET_BYTES = 512 * 1024 * 1024;
const GRACE_MS = 30_000;

export async function startIngress(options: IngressOptions): Promise<Ingress> {
  const { queue, log, metrics, graceMs = GRACE_MS } = options;
  const calls = new Calls();
  const ingress = randomUUID();
  const door = await openDoor(queue, {
    ingress,
    onFrames: (frames) => calls.receive(frames),
    onLost: () => calls.failAll(unavailable('the connection to the queue broke')),
  });
  const directory = followDirectory(options.configuration.snapshot);
  let stopping: Promise<void> | undefined;
  const now = () => queue.now();
  const isStopping = () => stopping !== undefined;
  const health = healthOf({ redis: () => queue.ping(), postgres: () => options.store.ping(), stopping: isStopping });
  const kept = { jobs: options.store.jobs, door, log, ingress, now };
  const budgets = watchBudgets(options.store.budgets, now, log);
  const parts = {
    sealKey: sealerWith(options.masterKey), snapshot: options.configuration.snapshot, door, budgets, calls, kept, metrics, log, directory, now, stopping: isStopping,
    budget: new BodyBudget(BODY_BUDGET_BYTES),
  };
  const { files, batches } = options.store;
  const batchParts = { batches, files, chunks: options.chunks, door, directory, now };
  const keeper = startKeeper(batchParts, log);
  const admin = openAdmin({ ...adminParts(options), door, metrics, log, now, stopping: isStopping });
  const server = await listen({
    port: options.port, host: options.host, origins: () => directory().origins,
    completions: completionsBy(parts),
    submitJob: (req, res) => submitJob(req, res, parts),
    pages: pages({ ...batchParts, admin: admin.app, discovered: openDiscovered(queue), health, kept, metrics, log, budget: parts.budget }),
  });

  async function leave(): Promise<void> {
    const closed = server.close();
    await calls.drained(graceMs);
    calls.failAll(unavailable('this server is stopping'));
    await Promise.race([closed, settleWithin(LAST_BYTES_MS)]);
    for (const part of [keeper, admin, server, calls, budgets, door]) await part.stop();
  }
  return { port: server.port, stop: () => (stopping ??= leave()) };
}

function adminParts({ store, queue, usage, masterKey, configuration }: IngressOptions) {
  return {
    store, queue, usage, masterKey, operations: openOperations(queue), snapshot: configuration.snapshot,
    changed: async (version: number): Promise<void> => {
      await queue.announceConfiguration(version);
      await configuration.refresh();
    },
  };
}

const sealerWith = (masterKey: Uint8Array | null): SealKey | undefined =>
  (masterKey === null ? undefined : (key, job) => seal(key, masterKey, job));

/** For the last answers to reach their sockets. */
const LAST_BYTES_MS = 1_000;
const settleWithin = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms).unref(); });
