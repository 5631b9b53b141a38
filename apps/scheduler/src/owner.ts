/**
 * The owner of one connection: decides, with `step`, who gets the next permit, and applies what was decided.
 *
 *   wake ──▶ look (reports, heads of changed lanes) ──▶ step ──▶ grant · withdraw · retire ──▶ again while anything changed
 *
 * One round at a time. A wake during a round is served by the next; waking is a hint, and once a second every lane that
 * may have work is looked at anyway. Every script that writes compares the fence: when the lease is lost, `onLost` is
 * called once, and nothing more is written.
 */
import type { Connection, Logger, Part, Priority, StrategyName } from '@sluice/domain';
import type { LaneEntry, Ownership, Report, SchedulerRole, StoredPermit, Woken } from '@sluice/queue';
import { countPermits, initial, remember, step, useOfLimits, type State } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { apply } from './apply.ts';
import { capacityOf, longestWindowMs, SLOTS, UNSENT } from './capacity.ts';
import { forgetHeads, openDesk, takeIn, withEntry, type Desk } from './desk.ts';
import { keepWord, type KeptWord } from './kept-word.ts';
import type { Learner } from './learner.ts';
import { openPace, type Pace } from './pace.ts';
import { eventsOf, freeAt, recoveredEvents } from './reports.ts';
import { etaTable, tellMetrics } from './tell.ts';
import { connectionView } from './view.ts';

/** Heads read of a lane at a time. */
const HEADS = 64;
/** A lane of which this many heads are known is not looked at because one more job joined its end. */
const ENOUGH_HEADS = 16;
const LANES_A_LOOK = 100;
/** A window frees in many small steps: those within a millisecond are taken together. */
const SHORTEST_NAP_MS = 1;
const LONGEST_NAP_MS = 60_000;
const REFILL_AGAIN_MS = 50;
const FAILED_AGAIN_MS = 250;

/** Who goes next, as the environment has it. */
export interface Policy {
  readonly strategy: StrategyName;
  readonly priorities: readonly Priority[];
  /** Models whose calls have another route to go to when they fail. */
  readonly elsewhere: readonly string[];
}

export interface OwnerOptions {
  readonly owned: Ownership;
  readonly role: SchedulerRole;
  readonly connection: Connection;
  readonly policy: Policy;
  readonly now: () => number;
  readonly learner: Learner;
  readonly metrics: SchedulerMetrics;
  readonly log: Logger;
  readonly onLost: () => void;
}

/** Slots of the workers: of those free, and of all. */
export interface Slots {
  readonly unsent: number;
  readonly open: number;
}

export class Owner implements Part {
  readonly #options: OwnerOptions;
  readonly #desk: Desk;
  readonly #pace: Pace = openPace();
  #state: State;
  #policy: Policy;
  #heard: KeptWord;
  #slots: Slots = { unsent: 0, open: 0 };
  #wanted = false;
  #reported = true;
  #looking: ReadonlySet<string> = new Set();
  #running: Promise<void> | undefined;
  #nap: NodeJS.Timeout | undefined;
  #over = false;

  constructor(options: OwnerOptions) {
    this.#options = options;
    this.#desk = openDesk(options.owned, options.connection);
    this.#policy = options.policy;
    this.#heard = keepWord(options.role, options.owned);
    this.#state = initial(options.owned.fence + 1);
  }

  /** Takes in what the owner before left: its permits, and the lanes with work. Then decides. */
  async takeOver(): Promise<void> {
    const { role, owned } = this.#options;
    this.#tellCapacity();
    const permits = await role.takeOver(owned);
    if (!permits) return void this.#lost();
    this.#desk.events.push(...await this.#heard.load());
    for (const [model, learned] of this.#options.learner.of(owned.connection)) this.#desk.events.push({ kind: 'taught', model, learned });
    for (const permit of permits) this.#recover(permit);
    for (const lane of await role.activeLanes(owned.connection)) this.#desk.changed.add(lane);
    this.#want();
  }

  wake(woken: Woken): void {
    if (woken.kind === 'reports') this.#reported = true;
    else if (woken.kind === 'changed') this.#desk.changed.add(woken.lane);
    else if (this.#join(woken.lane, woken.entry) === 'later') return;
    this.#want();
  }

  /** Whether a round can do anything about it now, or only when those known before it are gone. */
  #join(lane: string, entry: LaneEntry): 'now' | 'later' {
    const { changed, events, lanes } = this.#desk;
    const known = lanes.get(lane);
    if (known && known.entries.size >= ENOUGH_HEADS) {
      known.waiting += 1;
      events.push({ kind: 'joined', lane, jobs: 1 });
      return 'later';
    }
    // What is being read now may be older than this, and others may wait that are not known: then the lane is read.
    const isKnownWhole = known === undefined || known.entries.size === known.waiting;
    if (!isKnownWhole || changed.has(lane) || this.#looking.has(lane)) changed.add(lane);
    else takeIn(this.#desk, withEntry(lane, known, entry));
    return 'now';
  }

  configure(connection: Connection, policy: Policy): void {
    this.#desk.connection = connection;
    this.#desk.windowMs = Math.max(this.#desk.windowMs, longestWindowMs(connection));
    this.#policy = policy;
    this.#tellCapacity();
    this.#want();
  }

  /** What is lent to this connection of the workers' slots. */
  lend(slots: Slots): void {
    if (slots.unsent === this.#slots.unsent && slots.open === this.#slots.open) return;
    this.#slots = slots;
    this.#desk.events.push({ kind: 'tranche', limit: UNSENT, amount: slots.unsent }, { kind: 'tranche', limit: SLOTS, amount: slots.open });
    this.#want();
  }

  /** Permits not yet sent, and all open ones. */
  use(): Slots {
    const unsent = useOfLimits(this.#state, this.#options.now()).find(({ id }) => id === UNSENT);
    return { unsent: unsent?.taken ?? 0, open: countPermits(this.#state).open };
  }

  /** Once a second: whatever may have been missed, and what is to be published. */
  async tick(): Promise<void> {
    const { role, owned, now, metrics } = this.#options;
    for (const lane of await role.activeLanes(owned.connection)) {
      if ((this.#desk.lanes.get(lane)?.entries.size ?? 0) < ENOUGH_HEADS) this.#desk.changed.add(lane);
    }
    this.#reported = true;
    this.#desk.events.push(...await this.#heard.circuits());
    this.#want();
    if (!await this.#heard.save(remember(this.#state, now()))) return void this.#lost();
    await role.forgetPermits(owned, this.#desk.memory.takeFree(now(), 10_000));
    for (const lane of await role.forgetLanes(owned)) {
      this.#desk.lanes.delete(lane);
      this.#desk.granted.delete(lane);
    }
    await role.publishEta(owned.connection, etaTable(this.#desk, now(), this.#pace.perSecond(now())));
    await role.publishView(owned.connection, connectionView(this.#state, this.#desk, { now: now(), grantsPerSecond: this.#pace.perSecond(now()) }));
    tellMetrics(metrics, this.#desk, { priorities: this.#policy.priorities, limits: useOfLimits(this.#state, now()), open: countPermits(this.#state).open });
  }

  async stop(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#nap);
    await this.#running;
  }

  #tellCapacity(): void {
    const { strategy, priorities, elsewhere } = this.#policy;
    this.#desk.events.push({ kind: 'capacity', capacity: capacityOf(this.#desk.connection, { slots: this.#slots, strategy, elsewhere }), priorities });
  }

  #recover(permit: StoredPermit): void {
    const { memory, events, windowMs } = this.#desk;
    const { granted, state } = permit;
    memory.open(granted);
    events.push(...recoveredEvents(permit));
    if (state.kind === 'settled') memory.close(granted.g, freeAt(state.settlement, this.#options.now(), windowMs));
    if (state.kind === 'withdrawn') memory.close(granted.g, freeAt('withdrawn', this.#options.now(), windowMs));
  }

  #want(): void {
    this.#wanted = true;
    if (this.#running || this.#over) return;
    this.#running = this.#rounds().finally(() => {
      this.#running = undefined;
      if (this.#wanted) this.#want(); // asked for while the last round was ending
    });
  }

  async #rounds(): Promise<void> {
    try {
      while (await this.#round());
    } catch (error) {
      this.#options.log.warn({ error, connection: this.#options.owned.connection }, 'a round failed; it is tried again');
      forgetHeads(this.#desk);
      this.#reported = true;
      this.#wanted = false;
      this.#napUntil(this.#options.now() + FAILED_AGAIN_MS);
    }
  }

  /** Whether another is to follow at once. */
  async #round(): Promise<boolean> {
    const { now, metrics } = this.#options;
    const desk = this.#desk;
    this.#wanted = false;
    if (this.#over) return false;
    if (!await this.#look()) return this.#lost();
    const began = performance.now();
    const { state, decisions, wakeAt, refill } = step(this.#state, desk.events.splice(0), now());
    this.#state = state;
    metrics.decided((performance.now() - began) / 1000);
    const granted = await apply({ ...this.#options, desk }, decisions);
    if (granted === undefined) return this.#lost();
    this.#pace.count(granted, now());
    const again = this.#wanted || desk.events.length > 0 || desk.changed.size > 0 || (granted > 0 && refill.length > 0);
    for (const lane of refill) desk.changed.add(lane);
    // Lanes to be read again although nothing was granted: their heads are still on their way somewhere else.
    if (!again) this.#napUntil(refill.length > 0 ? Math.min(wakeAt, now() + REFILL_AGAIN_MS) : wakeAt);
    return again;
  }

  /** Reads what changed and is not known yet; false when the lease is lost. */
  async #look(): Promise<boolean> {
    const desk = this.#desk;
    if (!this.#reported && desk.changed.size === 0) return true;
    const lanes = [...desk.changed].slice(0, LANES_A_LOOK);
    for (const lane of lanes) desk.changed.delete(lane);
    this.#reported = false;
    this.#looking = new Set(lanes);
    const seen = await this.#options.role.look(desk.owned, lanes, HEADS).finally(() => { this.#looking = new Set(); });
    if (!seen) return false;
    for (const found of seen.lanes) takeIn(desk, found);
    for (const report of seen.reports) this.#report(report);
    return true;
  }

  #report(report: Report): void {
    const { learner, log, now } = this.#options;
    const { memory, events, owned, windowMs } = this.#desk;
    const granted = memory.find(report.grant);
    if (!granted) return log.warn({ grant: report.grant, connection: owned.connection }, 'a report of an unknown permit');
    events.push(...eventsOf(report, granted));
    if (report.kind !== 'settled') return;
    memory.close(report.grant, freeAt(report.settlement, now(), windowMs));
    const learned = learner.learn(granted, report.settlement);
    if (learned) events.push({ kind: 'taught', model: granted.m, learned });
  }

  #napUntil(at: number): void {
    clearTimeout(this.#nap);
    if (at === Infinity || this.#over) return;
    this.#nap = setTimeout(() => this.#want(), Math.min(Math.max(at - this.#options.now(), SHORTEST_NAP_MS), LONGEST_NAP_MS));
  }

  #lost(): false {
    if (!this.#over) {
      this.#over = true;
      clearTimeout(this.#nap);
      this.#options.onLost();
    }
    return false;
  }
}
