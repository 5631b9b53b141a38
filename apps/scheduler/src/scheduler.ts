/**
 * A scheduler process: owns as many connections as it can get the leases of, and runs an owner for each. What it cannot
 * get has an owner elsewhere; when that one dies its lease ends within LEASE_MS, and the next attempt here gets it.
 */
import { limitsOfScopes, type Connection, type EndError, type Logger, type Part, type Snapshot } from '@sluice/domain';
import type { Epoch, Ownership, SchedulerRole, StoredPermit, Woken } from '@sluice/queue';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { NOT_IN_TIME } from './apply.ts';
import { elsewhereOf, longestWindowMs } from './capacity.ts';
import { openLearner, type Learner } from './learner.ts';
import type { Budgets } from './lending.ts';
import { Owner, type OwnerOptions, type Policy } from './owner.ts';
import { repeat } from './repeat.ts';
import { mayTake, rankOf } from './spread.ts';

const LEASE_MS = 3_000;
const RENEW_EVERY_MS = 750;
const TICK_MS = 1_000;
const AT_ONCE = 1_000;
/** After Redis began anew whoever remembers a connection goes first for so long. */
const FIRST_ASK_MS = 4_000;
/** No short window is longer. */
const REMEMBER_MS = 3_600_000;
/** Permits not yet sent may exceed the free slots by a tenth, so that a slot never waits for the scheduler. */
const OVER_FREE = 1.1;
const GONE: EndError = { code: 'cancelled', message: 'The caller went away and did not come back.', param: null, retryAfterMs: null, provider: null };

export interface SchedulerOptions {
  readonly role: SchedulerRole;
  readonly snapshot: () => Snapshot;
  readonly now: () => number;
  readonly metrics: SchedulerMetrics;
  readonly budgets: Budgets;
  /** Whether this is the first life of Redis that the installation has seen: then nothing was granted before it. */
  readonly isFirstEpoch: (name: string) => Promise<boolean>;
  readonly log: Logger;
}

interface Owned {
  readonly owner: Owner;
  readonly ownership: Ownership;
  connection: Connection;
}

/** What was known when the lease was lost. */
interface Remembrance {
  readonly at: number;
  readonly epoch: string | undefined;
  readonly permits: readonly StoredPermit[];
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
  /** Permits of connections whose lease was lost here: Redis may have lost them too. */
  readonly #remembered = new Map<string, Remembrance>();
  /** Since when nobody has been seen to own a connection. */
  readonly #freeSince = new Map<string, number>();
  #alive: readonly string[] = [];
  #epoch: Epoch | undefined;
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
    const snapshot = this.#options.snapshot();
    const limitsOf = limitsOfScopes(snapshot);
    return new Map(snapshot.environments.flatMap(({ connections, priorities, resources, settings: { strategy } }) =>
      connections.map((connection) =>
        [connection.id, { connection, policy: { strategy, priorities, elsewhere: elsewhereOf(resources, connection.name), limitsOf } }] as const)));
  }

  /** Takes what is ours of what nobody owns, and whatever its rightful owner leaves lying. */
  async #acquire(): Promise<void> {
    const { role, now } = this.#options;
    const configured = this.#configured();
    await this.#lookAtEpoch();
    const free = await role.unowned([...configured.keys()].filter((id) => !this.#owned.has(id)));
    for (const id of this.#freeSince.keys()) if (!free.has(id)) this.#freeSince.delete(id);
    const alive = await role.schedulers();
    for (const id of free) {
      const since = this.#freeSince.get(id) ?? now();
      this.#freeSince.set(id, since);
      const one = configured.get(id);
      if (one === undefined || !mayTake(rankOf(role.scheduler, alive, id), now() - since)) continue;
      const blindUntil = await this.#blindUntil(one.connection);
      if (blindUntil > 0 && this.#isEpochYounger(FIRST_ASK_MS)) continue;
      const ownership = await role.acquire(id, LEASE_MS);
      if (ownership) await this.#own(ownership, { ...one, blindUntil });
    }
    await this.#handOver(alive);
  }

  /** After Redis began a new life, what is remembered of the last is written again. */
  async #lookAtEpoch(): Promise<void> {
    const { role, now } = this.#options;
    const epoch = await role.epoch();
    if (this.#epoch !== undefined && this.#epoch.name !== epoch.name) {
      for (const { ownership, owner } of this.#owned.values()) await role.restorePermits(ownership, owner.remembered());
    }
    this.#epoch = epoch;
    for (const [id, { at }] of this.#remembered) if (now() - at > REMEMBER_MS) this.#remembered.delete(id);
  }

  /** Permits of the life before, of a connection that was owned here when it ended. */
  #lostPermits(id: string): readonly StoredPermit[] | undefined {
    const known = this.#remembered.get(id);
    const epoch = this.#epoch;
    const isOfBefore = known !== undefined && epoch !== undefined && known.epoch !== epoch.name && known.at >= epoch.beganAt - LEASE_MS;
    return isOfBefore ? known.permits : undefined;
  }

  /** What belongs to a scheduler that has been there for a while is left to it. */
  async #handOver(alive: readonly string[]): Promise<void> {
    const steady = alive.filter((one) => this.#alive.includes(one));
    this.#alive = alive;
    for (const [id, { owner, ownership }] of this.#owned) {
      if (rankOf(this.#options.role.scheduler, steady, id) === 0) continue;
      this.#drop(id, 'it belongs to another scheduler');
      await owner.stop();
      await this.#options.role.release(ownership);
    }
  }

  #isEpochYounger(ms: number): boolean {
    return this.#epoch !== undefined && this.#options.now() - this.#epoch.beganAt < ms;
  }

  async #own(ownership: Ownership, { connection, policy, blindUntil }: Configured & Pick<OwnerOptions, 'blindUntil'>): Promise<void> {
    const { log, metrics, role } = this.#options;
    const onLost = () => this.#drop(connection.id, 'the lease was lost');
    const owner = new Owner({ ...this.#options, learner: this.#learner, owned: ownership, connection, policy, onLost, blindUntil });
    // Before it is asked for what was left, so that no wake in between is missed.
    this.#owned.set(connection.id, { owner, ownership, connection });
    try {
      await role.restorePermits(ownership, this.#lostPermits(connection.id) ?? []);
      this.#remembered.delete(connection.id);
      await owner.takeOver();
    } catch (error) {
      this.#drop(connection.id, 'it could not be taken over');
      throw error;
    }
    metrics.takeover(connection.name);
    log.info({ connection: connection.name, fence: ownership.fence }, 'owns a connection');
    await this.#lend();
  }

  /**
   * When Redis began a new life with nothing lately, what was granted before is known to whoever owned the connection when it ended. Who did
   * not grants nothing until all of that has left the windows. One that was started again with its memory lacks the last second or
   * two of it: those calls are charged when they settle.
   */
  async #blindUntil(connection: Connection): Promise<number> {
    const { id, name } = connection;
    const { isFirstEpoch, log } = this.#options;
    const epoch = this.#epoch;
    const windowMs = longestWindowMs(connection);
    if (epoch === undefined || !epoch.isEmpty || !this.#isEpochYounger(windowMs) || this.#lostPermits(id) !== undefined) return 0;
    if (await isFirstEpoch(epoch.name)) return 0;
    log.warn({ connection: name }, 'Redis has lost its memory and what was granted is not known here: whoever knows goes first, then nothing is granted until the windows are past');
    return epoch.beganAt + windowMs;
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
    const ours = Math.floor((free * OVER_FREE) / Math.max(1, schedulers.length));
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
    this.#remembered.set(id, { at: this.#options.now(), epoch: this.#epoch?.name, permits: one.owner.remembered() });
    this.#options.metrics.forget(one.connection.name);
    this.#options.log.warn({ connection: one.connection.name, why }, 'gave up a connection');
    void one.owner.stop();
  }

  #failed(error: unknown, what: string): void {
    this.#options.log.warn({ error }, `${what} failed; it is tried again`);
  }
}
