/**
 * A scheduler process: owns as many connections as it can get the leases of, and runs an owner for each. What it cannot
 * get has an owner elsewhere; when that one dies its lease ends within LEASE_MS, and the next attempt here gets it.
 */
import type { Connection, EndError, Logger, Part, Snapshot } from '@sluice/domain';
import type { Ownership, SchedulerRole, Woken } from '@sluice/queue';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { NOT_IN_TIME } from './apply.ts';
import { elsewhereOf } from './capacity.ts';
import { openLearner, type Learner } from './learner.ts';
import { Owner, type Policy } from './owner.ts';
import { repeat } from './repeat.ts';

const LEASE_MS = 3_000;
const RENEW_EVERY_MS = 750;
const TICK_MS = 1_000;
const AT_ONCE = 1_000;
/** Permits not yet sent may exceed the free slots by a tenth, so that a slot never waits for the scheduler. */
const OVER_FREE = 1.1;
const GONE: EndError = { code: 'cancelled', message: 'The caller went away and did not come back.', param: null, retryAfterMs: null, provider: null };

export interface SchedulerOptions {
  readonly role: SchedulerRole;
  readonly snapshot: () => Snapshot;
  readonly now: () => number;
  readonly metrics: SchedulerMetrics;
  readonly log: Logger;
}

interface Owned {
  readonly owner: Owner;
  readonly ownership: Ownership;
  connection: Connection;
}

interface Configured {
  readonly connection: Connection;
  readonly policy: Policy;
}

/** Resolves when it has tried for every connection once. */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const scheduler = new Scheduler(options, await openLearner(options.role));
  await scheduler.start();
  return scheduler;
}

export class Scheduler implements Part {
  readonly #options: SchedulerOptions;
  readonly #learner: Learner;
  readonly #owned = new Map<string, Owned>();
  #loops: readonly Part[] = [];

  constructor(options: SchedulerOptions, learner: Learner) {
    this.#options = options;
    this.#learner = learner;
  }

  async start(): Promise<void> {
    await this.#acquire();
    this.#loops = [
      repeat(RENEW_EVERY_MS, () => this.#renew(), (error) => this.#failed(error, 'renewing leases')),
      repeat(TICK_MS, () => this.#tick(), (error) => this.#failed(error, 'looking after connections')),
    ];
  }

  wake(connection: string, woken: Woken): void {
    this.#owned.get(connection)?.owner.wake(woken);
  }

  /** The configuration changed. */
  configure(): void {
    const now = this.#configured();
    for (const [id, one] of this.#owned) {
      const found = now.get(id);
      if (!found) {
        this.#drop(id, 'it is not configured any more');
        this.#options.role.release(one.ownership).catch((error: unknown) => this.#failed(error, 'giving up a lease'));
        continue;
      }
      one.connection = found.connection;
      one.owner.configure(found.connection, found.policy);
    }
    this.#acquire().catch((error: unknown) => this.#failed(error, 'acquiring connections'));
  }

  /** How many connections are owned here. */
  owned(): number {
    return this.#owned.size;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await Promise.all([...this.#owned.values()].map(async ({ owner, ownership }) => {
      await owner.stop();
      await this.#options.role.release(ownership);
    }));
    this.#owned.clear();
    await this.#learner.save();
  }

  #configured(): Map<string, Configured> {
    return new Map(this.#options.snapshot().environments.flatMap(({ connections, priorities, resources, settings: { strategy } }) =>
      connections.map((connection) =>
        [connection.id, { connection, policy: { strategy, priorities, elsewhere: elsewhereOf(resources, connection.name) } }] as const)));
  }

  async #acquire(): Promise<void> {
    const { role } = this.#options;
    for (const [id, configured] of this.#configured()) {
      if (this.#owned.has(id)) continue;
      const ownership = await role.acquire(id, LEASE_MS);
      if (ownership) await this.#own(ownership, configured);
    }
  }

  async #own(ownership: Ownership, { connection, policy }: Configured): Promise<void> {
    const { log, metrics } = this.#options;
    const onLost = () => this.#drop(connection.id, 'the lease was lost');
    const owner = new Owner({ ...this.#options, learner: this.#learner, owned: ownership, connection, policy, onLost });
    // Before it is asked for what was left, so that no wake in between is missed.
    this.#owned.set(connection.id, { owner, ownership, connection });
    try {
      await owner.takeOver();
    } catch (error) {
      this.#drop(connection.id, 'it could not be taken over');
      throw error;
    }
    metrics.takeover(connection.name);
    log.info({ connection: connection.name, fence: ownership.fence }, 'owns a connection');
    await this.#lend();
  }

  async #renew(): Promise<void> {
    const { role } = this.#options;
    await Promise.all([...this.#owned].map(async ([id, { ownership }]) => {
      if (!await role.renew(ownership, LEASE_MS)) this.#drop(id, 'the lease was lost');
    }));
    await this.#acquire();
  }

  /** The workers' free slots are shared by all schedulers, and by the connections owned here. */
  async #lend(): Promise<void> {
    const { role } = this.#options;
    const [{ total, free }, schedulers] = await Promise.all([role.slots(), role.schedulers()]);
    const ours = Math.floor((free * OVER_FREE) / Math.max(1, schedulers));
    const used = new Map([...this.#owned].map(([id, { owner }]) => [id, owner.use().unsent]));
    const all = [...used.values()].reduce((sum, one) => sum + one, 0);
    for (const [id, { owner, connection }] of this.#owned) {
      owner.lend({ unsent: Math.max(0, ours - (all - (used.get(id) ?? 0))), open: Math.floor((total * connection.slotShare) / 100) });
    }
  }

  async #tick(): Promise<void> {
    const { role } = this.#options;
    await this.#lend();
    await Promise.all([...this.#owned].map(async ([id, { owner }]) => {
      await role.retire(id, await role.overdue(id, AT_ONCE), { state: 'expired', error: NOT_IN_TIME });
      await role.retire(id, await role.unclaimedOrphans(id, AT_ONCE), { state: 'cancelled', error: GONE });
      await owner.tick();
    }));
    await this.#learner.save();
    await role.sweep();
  }

  #drop(id: string, why: string): void {
    const one = this.#owned.get(id);
    if (!one) return;
    this.#owned.delete(id);
    this.#options.metrics.forget(one.connection.name);
    this.#options.log.warn({ connection: one.connection.name, why }, 'gave up a connection');
    void one.owner.stop();
  }

  #failed(error: unknown, what: string): void {
    this.#options.log.warn({ error }, `${what} failed; it is tried again`);
  }
}
