/**
 * A scheduler process: owns as many connections as it can get the leases of, and runs an owner for each. What it cannot
 * get has an owner elsewhere; when that one dies its lease ends within LEASE_MS, and the next attempt here gets it.
 */
import type { Connection, Logger, Part, Priority, Snapshot } from '@sluice/domain';
import type { SchedulerRole, WorkerSlots } from '@sluice/queue';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { NOT_IN_TIME } from './apply.ts';
import { openLearner } from './learner.ts';
import { startOwner, type Owner } from './owner.ts';

const LEASE_MS = 3_000;
const RENEW_EVERY_MS = 750;
const TICK_MS = 1_000;
const AT_ONCE = 1_000;
/** Permits not yet sent may exceed the free slots by a tenth, so that a slot never waits for the scheduler. */
const OVER_FREE = 1.1;

export interface SchedulerOptions {
  readonly role: SchedulerRole;
  readonly snapshot: () => Snapshot;
  readonly now: () => number;
  readonly metrics: SchedulerMetrics;
  readonly log: Logger;
}

export interface Scheduler extends Part {
  wake(connection: string, lane: string | undefined): void;
  /** The configuration changed. */
  configure(): void;
  readonly owned: () => number;
}

interface Owned { readonly owner: Owner; readonly release: () => Promise<void>; readonly renew: () => Promise<boolean>; share: number }

interface Configured { readonly connection: Connection; readonly priorities: readonly Priority[] }

export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { role, log } = options;
  const owned = new Map<string, Owned>();
  const learner = await openLearner(role);
  const configured = (): Map<string, Configured> => new Map(options.snapshot().environments.flatMap(({ connections, priorities }) =>
    connections.map((connection) => [connection.id, { connection, priorities }] as const)));

  const drop = (id: string, why: string) => {
    const one = owned.get(id);
    if (!one) return;
    owned.delete(id);
    options.metrics.forget(id);
    log.warn({ connection: id, why }, 'gave up a connection');
    void one.owner.stop();
  };

  const acquire = async (): Promise<void> => {
    for (const [id, { connection, priorities }] of configured()) {
      if (owned.has(id)) continue;
      const ownership = await role.acquire(id, LEASE_MS);
      if (!ownership) continue;
      const owner = await startOwner({ ...options, learner, owned: ownership, connection, priorities, onLost: () => drop(id, 'the lease was lost') });
      owned.set(id, { owner, renew: () => role.renew(ownership, LEASE_MS), release: () => role.release(ownership), share: connection.slotShare / 100 });
      options.metrics.takeover(connection.name);
      log.info({ connection: connection.name, fence: ownership.fence }, 'owns a connection');
      lend(await role.slots(), await role.schedulers());
    }
  };

  const renew = async (): Promise<void> => {
    await Promise.all([...owned].map(async ([id, { renew }]) => { if (!await renew()) drop(id, 'the lease was lost'); }));
    await acquire();
  };

  const lend = ({ total, free }: WorkerSlots, schedulers: number) => {
    const unsent = Math.floor((free * OVER_FREE) / Math.max(1, schedulers));
    const inUse = [...owned.values()].map(({ owner }) => owner.use().unsent);
    const all = inUse.reduce((sum, one) => sum + one, 0);
    [...owned.values()].forEach(({ owner, share }, index) => {
      owner.lend({ unsent: Math.max(0, unsent - (all - (inUse[index] ?? 0))), open: Math.floor(total * share) });
    });
  };

  const tick = async (): Promise<void> => {
    lend(await role.slots(), await role.schedulers());
    await Promise.all([...owned].map(async ([id, { owner }]) => {
      await role.retire(id, await role.overdue(id, AT_ONCE), { state: 'expired', error: NOT_IN_TIME });
      await role.retire(id, await role.unclaimedOrphans(id, AT_ONCE), { state: 'cancelled', error: GONE });
      await owner.tick();
    }));
    await learner.save();
    await role.sweep();
  };

  const every = (ms: number, what: string, work: () => Promise<void>) => repeat(ms, work, (error) => log.warn({ error }, `${what} failed; tried again`));
  await acquire();
  const loops = [every(RENEW_EVERY_MS, 'renewing leases', renew), every(TICK_MS, 'looking after connections', tick)];

  return {
    wake: (connection, lane) => owned.get(connection)?.owner.wake(lane),
    configure() {
      const now = configured();
      for (const [id, one] of owned) {
        const found = now.get(id);
        if (!found) { drop(id, 'it is not configured any more'); void one.release(); continue; }
        one.share = found.connection.slotShare / 100;
        one.owner.configure(found.connection, found.priorities);
      }
      acquire().catch((error: unknown) => log.warn({ error }, 'acquiring connections failed; tried again'));
    },
    owned: () => owned.size,
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all([...owned.values()].map(async ({ owner, release }) => { await owner.stop(); await release(); }));
      owned.clear();
      await learner.save();
    },
  };
}

const GONE = { code: 'cancelled', message: 'The caller went away and did not come back.', param: null, retryAfterMs: null, provider: null } as const;

/** Does the work again and again, `ms` apart, never twice at once. */
function repeat(ms: number, work: () => Promise<void>, failed: (error: unknown) => void): Part {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const schedule = () => {
    timer = setTimeout(() => {
      running = work().catch(failed).finally(() => { if (!stopped) schedule(); });
    }, ms);
  };
  schedule();
  return { stop: async () => { stopped = true; clearTimeout(timer); await running; } };
}
