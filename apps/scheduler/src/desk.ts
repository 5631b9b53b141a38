/** What an owner has before it: the lanes it knows, the permits it remembers, and what `step` is to be told next. */
import { type Connection, connectionScope, isLong } from '@sluice/domain';
import type { LaneEntry, LaneLook, Ownership } from '@sluice/queue';
import type { Event } from '@sluice/scheduling';
import { longestWindowMs } from './capacity.ts';
import { idOf, laneHeads, scopesOf } from './heads.ts';
import type { Lending } from './lending.ts';
import { openMemory, type Memory } from './memory.ts';
import { openPace, type Pace } from './pace.ts';

export interface KnownLane {
  /** Heads not granted yet, by `<job>-<attempt>`, in order. */
  readonly entries: Map<string, LaneEntry>;
  waiting: number;
}

/** Changed only by the round that runs, and by wakes between its steps. */
export interface Desk {
  readonly owned: Ownership;
  readonly lanes: Map<string, KnownLane>;
  readonly memory: Memory;
  readonly events: Event[];
  /** Lanes to be looked at. */
  readonly changed: Set<string>;
  /** Grants of the last minute, by lane. */
  readonly granted: Map<string, Pace>;
  /** The longest window there has been: charges are remembered for that long. */
  windowMs: number;
  connection: Connection;
  /** The scope of the connection's own long limits, where it has some. */
  also: string | undefined;
}

export const openDesk = (owned: Ownership, connection: Connection): Desk => ({
  owned, connection, lanes: new Map(), memory: openMemory(), events: [], changed: new Set(), granted: new Map(), windowMs: longestWindowMs(connection),
  also: alsoOf(connection),
});

export const alsoOf = ({ id, limits }: Connection): string | undefined => (limits.some(isLong) ? connectionScope(id) : undefined);

export function takeIn(desk: Desk, found: LaneLook, lending: Lending): void {
  desk.events.push(...lending.meet(found.heads.flatMap(({ ticket }) => scopesOf(ticket.k, desk.also))));
  if (found.heads.length === 0 && !desk.lanes.delete(found.lane)) return;
  if (found.heads.length > 0) {
    desk.lanes.set(found.lane, { entries: new Map(found.heads.map((entry) => [idOf(entry), entry])), waiting: found.waiting });
  }
  desk.events.push({ kind: 'lane', lane: laneHeads(found, desk.also) });
}

/** A lane that is known whole, with one more job at its place. */
export function withEntry(lane: string, known: KnownLane | undefined, entry: LaneEntry): LaneLook {
  const entries = new Map(known?.entries).set(idOf(entry), entry);
  const heads = [...entries.values()].sort((a, b) => a.score - b.score);
  return { lane, waiting: heads.length, heads };
}

/** After a failed round nobody knows how much of it reached Redis: every lane is to be read again. */
export function forgetHeads(desk: Desk): void {
  for (const lane of desk.lanes.keys()) {
    desk.changed.add(lane);
    desk.events.push({ kind: 'lane', lane: laneHeads({ lane, waiting: 0, heads: [] }, desk.also) });
  }
  desk.lanes.clear();
}

export function countGrant({ granted }: Desk, lane: string, now: number): void {
  const pace = granted.get(lane) ?? openPace(60);
  granted.set(lane, pace);
  pace.count(1, now);
}

export interface WaitingLane {
  readonly lane: string;
  readonly priority: string;
  readonly rank: number;
  readonly waiting: number;
  readonly oldestAt: number;
}

export function waitingLanes(desk: Desk): WaitingLane[] {
  return [...desk.lanes].flatMap(([lane, { entries, waiting }]) => {
    const [first] = entries.values();
    if (!first) return [];
    const { priority, rank } = laneHeads({ lane, waiting, heads: [] });
    return [{ lane, priority, rank, waiting, oldestAt: first.ticket.t }];
  });
}
