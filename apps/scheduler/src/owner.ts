/**
 * The owner of one connection: decides, with `step`, who gets the next permit, and applies what was decided.
 *
 *   wake ──▶ look (reports, heads of changed lanes) ──▶ step ──▶ grant · withdraw · retire ──▶ again while anything changed
 *
 * One round at a time. A wake during a round is served by the next; waking is a hint, and once a second every lane that
 * may have work is looked at anyway. Every script that writes compares the fence: when the lease is lost, `onLost` is
 * called once, and nothing more is written.
 */
import type { Connection, Logger, Part, Priority } from '@sluice/domain';
import type { LaneEntry, LaneLook, Ownership, SchedulerRole } from '@sluice/queue';
import { initial, step, useOfLimits, countPermits, type Event, type LimitUse, type State } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { capacityOf, longestWindowMs, SLOTS, UNSENT } from './capacity.ts';
import { apply, type Applying } from './apply.ts';
import { idOf, laneHeads } from './heads.ts';
import type { Learner } from './learner.ts';
import { openMemory, type Memory } from './memory.ts';
import { openPace } from './pace.ts';
import { eventsOf, freeAt, recoveredEvents } from './reports.ts';

/** Heads read of a lane at a time. */
const HEADS = 64;
/** A lane of which this many heads are known is not looked at because one more job joined its end. */
const ENOUGH_HEADS = 16;
const LANES_A_LOOK = 100;
/** Time alone may change the answer sooner than this, but a window frees in many small steps: they are taken together. */
const SHORTEST_NAP_MS = 1;
const REFILL_AGAIN_MS = 50;

export interface OwnerOptions {
  readonly owned: Ownership;
  readonly role: SchedulerRole;
  readonly connection: Connection;
  readonly priorities: readonly Priority[];
  readonly now: () => number;
  readonly learner: Learner;
  readonly metrics: SchedulerMetrics;
  readonly log: Logger;
  readonly onLost: () => void;
}

export interface Owner extends Part {
  /** A lane got a job, or (undefined) a report arrived. */
  wake(lane: string | undefined): void;
  configure(connection: Connection, priorities: readonly Priority[]): void;
  /** What is lent to this connection of the workers' slots. */
  lend(slots: { unsent: number; open: number }): void;
  /** Once a second: whatever may have been missed, and what is to be published. */
  tick(): Promise<void>;
  /** Permits not yet sent, and all open ones. */
  use(): { unsent: number; open: number };
}

/** What a round works on. Changed only by the round that runs. */
export interface Desk {
  readonly owned: Ownership;
  readonly lanes: Map<string, { readonly entries: Map<string, LaneEntry>; waiting: number }>;
  readonly memory: Memory;
  readonly events: Event[];
  readonly changed: Set<string>;
  windowMs: number;
  connection: Connection;
}

export async function startOwner(options: OwnerOptions): Promise<Owner> {
  const { owned, role, now, learner, metrics, log } = options;
  const desk: Desk = {
    owned, lanes: new Map(), memory: openMemory(), events: [], changed: new Set(),
    windowMs: longestWindowMs(options.connection), connection: options.connection,
  };
  const pace = openPace();
  let state: State = initial(owned.fence + 1);
  let slots = { unsent: 0, open: 0 };
  let wanted = false;
  let running: Promise<void> | undefined;
  let nap: NodeJS.Timeout | undefined;
  let over = false;

  const lost = () => {
    if (over) return;
    over = true;
    clearTimeout(nap);
    options.onLost();
  };
  const permits = await role.takeOver(owned);
  if (!permits) lost();
  for (const permit of permits ?? []) {
    desk.memory.open(permit.granted);
    desk.events.push(...recoveredEvents(permit));
    if (permit.state.kind === 'settled') desk.memory.close(permit.granted.g, permit.state.settlement, freeAt(permit.state.settlement, now(), desk.windowMs));
    if (permit.state.kind === 'withdrawn') desk.memory.close(permit.granted.g, 'withdrawn', freeAt('withdrawn', now(), desk.windowMs));
  }
  desk.events.unshift({ kind: 'capacity', capacity: capacityOf(options.connection, slots), priorities: options.priorities });
  for (const lane of await role.activeLanes(owned.connection)) desk.changed.add(lane);

  /** Reads what changed; false when the lease is lost. */
  const look = async (): Promise<boolean> => {
    const lanes = [...desk.changed].slice(0, LANES_A_LOOK);
    for (const lane of lanes) desk.changed.delete(lane);
    const seen = await role.look(owned, lanes, HEADS);
    if (!seen) return false;
    for (const found of seen.lanes) takeIn(desk, found);
    for (const report of seen.reports) {
      const granted = desk.memory.find(report.grant);
      if (!granted) { log.warn({ grant: report.grant, connection: owned.connection }, 'a report of an unknown permit'); continue; }
      desk.events.push(...eventsOf(report, granted));
      if (report.kind === 'settled') {
        desk.memory.close(report.grant, report.settlement, freeAt(report.settlement, now(), desk.windowMs));
        learner.learn(granted, report.settlement);
      }
    }
    return true;
  };

  const round = async (): Promise<void> => {
    const applying: Applying = { desk, role, now, metrics, log };
    for (let again = true; again && !over;) {
      wanted = false;
      if (!await look()) return lost();
      const began = performance.now();
      const decided = step(state, desk.events.splice(0), now());
      state = decided.state;
      metrics.decided((performance.now() - began) / 1000);
      const granted = await apply(applying, decided.decisions);
      if (granted === undefined) return lost();
      pace.count(granted, now());
      again = wanted || desk.events.length > 0 || desk.changed.size > 0 || (granted > 0 && decided.refill.length > 0);
      for (const lane of decided.refill) desk.changed.add(lane);
      // Lanes to be read again although nothing was granted: their heads are still on their way somewhere else.
      if (!again) sleepUntil(decided.refill.length > 0 ? Math.min(decided.wakeAt, now() + REFILL_AGAIN_MS) : decided.wakeAt);
    }
  };

  const sleepUntil = (at: number) => {
    clearTimeout(nap);
    if (at === Infinity) return;
    nap = setTimeout(want, Math.min(Math.max(at - now(), SHORTEST_NAP_MS), 60_000));
  };

  function want(): void {
    wanted = true;
    if (running || over) return;
    running = round()
      .catch((error: unknown) => { log.warn({ error, connection: owned.connection }, 'a round failed; it is tried again'); state = forgetHeads(desk, state, now()); })
      .finally(() => { running = undefined; });
  }
  want();

  return {
    wake(lane) {
      if (lane !== undefined) {
        const known = desk.lanes.get(lane);
        if (known && known.entries.size >= ENOUGH_HEADS) {
          known.waiting += 1;
          desk.events.push({ kind: 'joined', lane, jobs: 1 });
          return;
        }
        desk.changed.add(lane);
      }
      want();
    },
    configure(connection, priorities) {
      desk.connection = connection;
      desk.windowMs = Math.max(desk.windowMs, longestWindowMs(connection));
      desk.events.push({ kind: 'capacity', capacity: capacityOf(connection, slots), priorities });
      want();
    },
    lend(lent) {
      if (lent.unsent === slots.unsent && lent.open === slots.open) return;
      slots = lent;
      desk.events.push({ kind: 'tranche', limit: UNSENT, amount: lent.unsent }, { kind: 'tranche', limit: SLOTS, amount: lent.open });
      want();
    },
    async tick() {
      for (const lane of await role.activeLanes(owned.connection)) {
        if ((desk.lanes.get(lane)?.entries.size ?? 0) < ENOUGH_HEADS) desk.changed.add(lane);
      }
      want();
      await role.forgetPermits(owned, desk.memory.takeFree(now(), 10_000));
      for (const lane of await role.forgetLanes(owned)) desk.lanes.delete(lane);
      await role.publishEta(owned.connection, { at: now(), grantsPerSecond: pace.perSecond(now()), lanes: waitingLanes(desk) });
      tellMetrics(options, desk, useOfLimits(state, now()), countPermits(state).open);
    },
    use: () => ({ unsent: useOfLimits(state, now()).find(({ id }) => id === UNSENT)?.taken ?? 0, open: countPermits(state).open }),
    async stop() {
      over = true;
      clearTimeout(nap);
      await running;
    },
  };
}

/** After a failed round nobody knows how much of it reached Redis: all lanes are read again. */
function forgetHeads(desk: Desk, state: State, now: number): State {
  const events: Event[] = [];
  for (const lane of desk.lanes.keys()) {
    desk.changed.add(lane);
    events.push({ kind: 'lane', lane: laneHeads({ lane, waiting: 0, heads: [] }) });
  }
  return step(state, events, now).state;
}

function takeIn(desk: Desk, found: LaneLook): void {
  if (found.heads.length === 0 && !desk.lanes.has(found.lane)) return;
  if (found.heads.length === 0) desk.lanes.delete(found.lane);
  else desk.lanes.set(found.lane, { entries: new Map(found.heads.map((entry) => [idOf(entry), entry])), waiting: found.waiting });
  desk.events.push({ kind: 'lane', lane: laneHeads(found) });
}

function* firstEntries(desk: Desk): Generator<{ lane: string; waiting: number; first: LaneEntry }> {
  for (const [lane, { entries, waiting }] of desk.lanes) {
    const [first] = entries.values();
    if (first) yield { lane, waiting, first };
  }
}

const waitingLanes = (desk: Desk) =>
  [...firstEntries(desk)].map(({ lane, waiting, first }) =>
    ({ lane, rank: laneHeads({ lane, waiting, heads: [] }).rank, waiting, oldestAt: first.ticket.t }));

function tellMetrics({ metrics, priorities }: OwnerOptions, desk: Desk, limits: readonly LimitUse[], open: number): void {
  const { name } = desk.connection;
  const waiting = new Map(priorities.map((priority) => [priority.name, 0]));
  for (const { lane, waiting: jobs } of firstEntries(desk)) {
    const { priority } = laneHeads({ lane, waiting: 0, heads: [] });
    waiting.set(priority, (waiting.get(priority) ?? 0) + jobs);
  }
  for (const [priority, jobs] of waiting) metrics.waiting(name, priority, jobs);
  metrics.openPermits(name, open);
  for (const { id, amount, taken } of limits) {
    const own = desk.connection.limits.find(({ dimension, model, windowMs }) => id === `${dimension}/${model ?? '*'}/${windowMs}`);
    if (own) metrics.limitUsed({ connection: name, dimension: own.dimension, model: own.model ?? null, windowMs: own.windowMs, share: taken / amount });
  }
}

