/**
 * The owner of one connection: decides, with `step`, who gets the next permit, and applies what was decided.
 *
 *   wake ──▶ look (reports, heads of changed lanes) ──▶ step ──▶ grant · withdraw · retire ──▶ again while anything changed
 *
 * One round at a time. A wake during a round is served by the next; waking is a hint, and once a second every lane that
 * may have work is looked at anyway. Every script that writes compares the fence: when the lease is lost, `onLost` is
 * called once, and nothing more is written.
 */
import type { Connection, Limit, Logger, Part, Priority, StrategyName } from '@sluice/domain';
import type { LaneEntry, Ownership, Report, SchedulerRole, StoredPermit, Woken } from '@sluice/queue';
import { countPermits, initial, isAnyoneResting, remember, step, useOfLimits, type State } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { apply } from './apply.ts';
import { capacityOf, longestWindowMs, SLOTS, UNSENT } from './capacity.ts';
import { alsoOf, forgetHeads, openDesk, takeIn, withEntry, type Desk } from './desk.ts';
import { scopesOf } from './heads.ts';
import { keepWord, type KeptWord } from './kept-word.ts';
import type { Learner } from './learner.ts';
import { openLending, type Budgets, type Lending } from './lending.ts';
import { eventsOf, freeAt, recoveredEvents } from './reports.ts';
import { openTeller, type Teller } from './teller.ts';

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
  /** Limits that span connections, by whom they belong to. */
  readonly limitsOf: (scope: string) => readonly Limit[];
}

export interface OwnerOptions {
  readonly owned: Ownership;
  readonly role: SchedulerRole;
  readonly connection: Connection;
  readonly policy: Policy;
  readonly now: () => number;
  readonly learner: Learner;
  readonly budgets: Budgets;
  readonly metrics: SchedulerMetrics;
  readonly log: Logger;
  readonly onLost: () => void;
  /** Nobody knows what was granted before: nothing is until then, epoch ms. */
  readonly blindUntil: number;
}

/** Slots of the workers: of those free, and of all. */
export interface Slots {
  readonly unsent: number;
  readonly open: number;
}

export class Owner implements Part {
  readonly #options: OwnerOptions;
  readonly #desk: Desk;
  #state: State;
  #policy: Policy;
  #heard: KeptWord;
  readonly #lending: Lending;
  #slots: Slots = { unsent: 0, open: 0 };
  #wanted = false;
  #reported = true;
  #looking: ReadonlySet<string> = new Set();
  #running: Promise<void> | undefined;
  #nap: NodeJS.Timeout | undefined;
  readonly #teller: Teller;
  #over = false;
  #isBlind = false;

  constructor(options: OwnerOptions) {
    this.#options = options;
    this.#desk = openDesk(options.owned, options.connection);
    this.#policy = options.policy;
    this.#heard = keepWord(options.role, options.owned);
    const { role, owned, budgets, log } = options;
    this.#teller = openTeller({ ...options, desk: this.#desk });
    this.#lending = openLending({ role, owned, budgets, log, limitsOf: () => this.#policy.limitsOf });
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
    else if (woken.kind === 'asked') return this.#over ? undefined : this.#teller.answer(this.#state, woken.question);
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
    else takeIn(this.#desk, withEntry(lane, known, entry), this.#lending);
    return 'now';
  }

  configure(connection: Connection, policy: Policy): void {
    this.#desk.connection = connection;
    this.#desk.windowMs = Math.max(this.#desk.windowMs, longestWindowMs(connection));
    this.#policy = policy;
    this.#desk.also = alsoOf(connection);
    this.#tellCapacity();
    this.#desk.events.push(...this.#lending.meetAgain());
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

  /** All that is remembered of permits whose charges still count. */
  remembered(): readonly StoredPermit[] {
    return this.#desk.memory.all();
  }

  /** Once a second: whatever may have been missed, and what is to be published. */
  async tick(): Promise<void> {
    if (this.#isBlind && this.#options.now() >= this.#options.blindUntil) this.#tellCapacity();
    const { role, owned, now } = this.#options;
    for (const lane of await role.activeLanes(owned.connection)) {
      if ((this.#desk.lanes.get(lane)?.entries.size ?? 0) < ENOUGH_HEADS) this.#desk.changed.add(lane);
    }
    this.#reported = true;
    this.#desk.events.push(...await this.#heard.circuits());
    await this.#borrow();
    this.#want();
    if (!await this.#heard.save(remember(this.#state, now()))) return void this.#lost();
    await role.forgetPermits(owned, this.#desk.memory.takeFree(now(), 10_000));
    for (const lane of await role.forgetLanes(owned)) {
      this.#desk.lanes.delete(lane);
      this.#desk.granted.delete(lane);
    }
    if (!await this.#teller.tell(this.#state)) this.#lost();
  }

  async #borrow(): Promise<void> {
    const events = await this.#lending.borrow(this.#state, this.#options.now);
    if (events === 'lost') return void this.#lost();
    this.#desk.events.push(...events);
    if (events.length > 0) this.#want();
  }

  async stop(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#nap);
    await this.#running;
  }

  #tellCapacity(): void {
    const { strategy, priorities, elsewhere } = this.#policy;
    const capacity = capacityOf(this.#desk.connection, { slots: this.#slots, strategy, elsewhere });
    this.#isBlind = this.#options.now() < this.#options.blindUntil;
    this.#desk.events.push({ kind: 'capacity', capacity: { ...capacity, paused: capacity.paused || this.#isBlind }, priorities });
    this.#want();
  }

  #recover(permit: StoredPermit): void {
    const { memory, events, windowMs } = this.#desk;
    const { granted, state } = permit;
    memory.open(granted);
    memory.note(granted.g, state);
    events.push(...this.#lending.meet(scopesOf(granted.k, this.#desk.also)), ...recoveredEvents(permit, this.#desk.also));
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
    const { now, metrics, log } = this.#options;
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
    this.#teller.count(granted);
    if (isAnyoneResting(state) && now() >= this.#lending.againAt()) this.#borrow().catch((error: unknown) => log.warn({ error }, 'borrowing failed; it is tried again'));
    const again = this.#wanted || desk.events.length > 0 || desk.changed.size > 0 || (granted > 0 && refill.length > 0);
    for (const lane of refill) desk.changed.add(lane);
    // Lanes to be read again although nothing was granted: their heads are still on their way somewhere else.
    const sooner = Math.min(refill.length > 0 ? now() + REFILL_AGAIN_MS : Infinity, isAnyoneResting(state) ? this.#lending.againAt() : Infinity);
    if (!again) this.#napUntil(Math.min(wakeAt, sooner));
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
    for (const found of seen.lanes) takeIn(desk, found, this.#lending);
    for (const report of seen.reports) this.#report(report);
    return true;
  }

  #report(report: Report): void {
    const { learner, log, now } = this.#options;
    const { memory, events, owned, windowMs } = this.#desk;
    const granted = memory.find(report.grant);
    if (!granted) return log.warn({ grant: report.grant, connection: owned.connection }, 'a report of an unknown permit');
    events.push(...eventsOf(report, granted, this.#desk.also));
    if (report.kind === 'sent') memory.note(report.grant, { kind: 'sent', arrivedAt: report.arrivedAt });
    if (report.kind !== 'settled') return;
    memory.note(report.grant, { kind: 'settled', settlement: report.settlement });
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
