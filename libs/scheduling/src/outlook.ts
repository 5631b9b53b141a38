/**
 * Where every waiting job stands and when it will go: the same order and the same limits as a decision, run forward in sums.
 *
 * Not a run of `step` on a copy: that would cost as much as the decisions it foretells. The order inside a priority is played out
 * (turns-ahead.ts), what the limits let through is added up (supply.ts), and what goes before a priority is taken off (starts.ts).
 * Told are the first jobs of each lane and its last; between them a job's place is in proportion. The simulator measures how far it is off:
 * `npm run sim -- --eta`.
 */
import type { Account } from './account.ts';
import type { Lane } from './lanes.ts';
import type { Pool } from './pools.ts';
import { addDemand, type Crowd, type Demands, startsOf, suppliesOf } from './starts.ts';
import type { State } from './state.ts';
import { firstOf, sizeOf, type Turn, turnsOf, waitingIn } from './turns-ahead.ts';
import type { Reservation } from './types.ts';

/** Jobs of a priority whose turn is played out; those behind are like them on average. */
const PLAYED = 512;

/** Of the job at `index` of its lane: how many jobs go before it, and ms from `at` until it goes; null when that cannot be said. */
export type Mark = readonly [index: number, position: number, inMs: number | null];

export interface LaneOutlook {
  readonly lane: string;
  readonly waiting: number;
  /** The number of its first job; null: not numbered. */
  readonly first: number | null;
  readonly marks: readonly Mark[];
}

export interface PriorityOutlook {
  readonly priority: string;
  readonly rank: number;
  readonly waiting: number;
  /** Of a job behind all that wait in it. */
  readonly last: Mark;
  /** Ms for a call of the usual size whose tenant has nothing waiting; null when that cannot be said. */
  readonly newcomerMs: number | null;
}

export interface Outlook {
  readonly at: number;
  /** Of the ledger. */
  readonly version: number;
  readonly lanes: readonly LaneOutlook[];
  readonly priorities: readonly PriorityOutlook[];
}

/** `now`: of the last step. Costs milliseconds with thousands of jobs waiting: to be taken now and then, not with each decision. */
export function outlookOf(state: State, now: number): Outlook {
  const lanes = [...state.lanes.byName.values()];
  const pools = [...state.pools.byId.values()].sort((a, b) => a.rank - b.rank);
  const plays = pools.map((pool) => play(state, pool, lanes.filter((lane) => lane.pool === pool)));
  const supplies = suppliesOf(state, now);
  const startMs = state.capacity === undefined || state.capacity.paused ? Number.POSITIVE_INFINITY : Math.max(0, state.cooldownUntil - now);
  const isPaced = (state.capacity?.strategy ?? 'weighted') === 'weighted' && (state.capacity?.headroom ?? 'adaptive') === 'adaptive';
  let ahead = 0;
  const told = plays.map((one) => {
    const starts = startsOf(one.pool, plays, { supplies, isPaced, now });
    const found = tell(one, { ahead, startsAfter: (demands, awaited = demands.keys()) => Math.max(startMs, starts.after(demands, awaited)) });
    ahead += one.waiting;
    return found;
  });
  return { at: now, version: state.version, lanes: told.flatMap((one) => one.lanes), priorities: told.map((one) => one.priority) };
}

/** What waits in a priority. */
interface Play extends Crowd {
  readonly lanes: readonly Lane[];
  readonly waiting: number;
  readonly turns: readonly Turn[];
}

function play(state: State, pool: Pool, lanes: readonly Lane[]): Play {
  const waiting = lanes.reduce((sum, lane) => sum + waitingIn(lane), 0);
  const turns = waiting === 0 ? [] : [...turnsOf(state, pool, PLAYED)];
  const demands = new Map<Account, number>();
  for (const { awaited, reservation } of turns) addDemand(demands, awaited, reservation);
  const usual = state.tempo.usual.get(pool);
  const sample = turns.at(-1);
  if (sample !== undefined && waiting > turns.length) {
    const mean = usual === undefined ? times(demands, 1 / turns.length) : demandsOf(sample.awaited, { ...sample.reservation, ...sizeOf(usual) });
    for (const [account, amount] of mean) demands.set(account, (demands.get(account) ?? 0) + amount * (waiting - turns.length));
  }
  return { pool, lanes, waiting, turns, demands };
}

function demandsOf(awaited: readonly Account[], reservation: Reservation): Demands {
  const demands = new Map<Account, number>();
  addDemand(demands, awaited, reservation);
  return demands;
}

const times = (demands: Demands, factor: number): Demands => new Map([...demands].map(([account, amount]) => [account, amount * factor]));

interface Place {
  /** Jobs of more urgent priorities. */
  readonly ahead: number;
  readonly startsAfter: (demands: Demands, awaited?: Iterable<Account>) => number;
}

function tell({ pool: { priority, rank }, lanes, waiting, turns, demands }: Play, { ahead, startsAfter }: Place): { lanes: LaneOutlook[]; priority: PriorityOutlook } {
  const marks = new Map(lanes.map((lane) => [lane, [] as Mark[]]));
  const sofar = new Map<Account, number>();
  turns.forEach(({ lane, index, awaited, reservation }, place) => {
    addDemand(sofar, awaited, reservation);
    marks.get(lane)?.push([index, ahead + place, shown(startsAfter(sofar, awaited))]);
  });
  const isPlayed = turns.length === waiting;
  // The limits of one key or resource hold back its own jobs alone.
  const common = [...demands.keys()].filter(({ kind }) => kind !== 'shared');
  const last: Mark = [0, ahead + waiting, shown(startsAfter(waiting === 0 ? new Map() : times(demands, (waiting + 1) / waiting), common))];
  if (!isPlayed) for (const lane of lanes) marks.get(lane)?.push([waitingIn(lane) - 1, last[1] - 1, last[2]]);
  const first = turns[0];
  const newcomer = first === undefined ? new Map<Account, number>() : demandsOf(first.awaited.filter(({ kind }) => kind !== 'shared'), first.reservation);
  const others = new Set(turns.map(({ lane }) => lane)).size;
  return {
    lanes: lanes.map((lane) => ({ lane: lane.told.lane, waiting: waitingIn(lane), first: firstOf(lane)?.head.place ?? null, marks: marks.get(lane) ?? [] })),
    priority: { priority, rank, waiting, last, newcomerMs: shown(startsAfter(times(newcomer, others + 1))) },
  };
}

const shown = (inMs: number): number | null => (Number.isFinite(inMs) ? Math.round(inMs) : null);

export interface Foretold {
  /** Jobs that go before it; 0 is next. */
  readonly position: number;
  /** Until it goes; null when that cannot be said. */
  readonly etaMs: number | null;
  readonly version: number;
}

/** Where a job is now. */
export interface Standing {
  readonly lane: string;
  readonly priority: string;
  /** Jobs before it in its lane. */
  readonly index: number;
  /** Its number in the lane, where it has one. */
  readonly place?: number;
}

/** Of a job, also one of a lane that was not there yet when the outlook was taken. */
export function foretell(outlook: Outlook, { lane, priority, index, place }: Standing, now: number): Foretold {
  const { version, at } = outlook;
  const known = outlook.lanes.find((one) => one.lane === lane);
  // Where all stand in one line there is one priority of all.
  const ofPriority = outlook.priorities.find((one) => one.priority === priority) ?? outlook.priorities.find((one) => one.priority === '*');
  if (known === undefined || known.marks.length === 0) {
    return { position: ofPriority?.last[1] ?? index, etaMs: leftOf(ofPriority?.last[2] ?? null, now - at), version };
  }
  // Jobs that went since the outlook was taken stood before it then. All is told as of that version.
  const indexThen = place === undefined || known.first === null ? index : Math.max(0, Math.min(place - known.first, known.waiting - 1));
  const [position, inMs] = placeAt(known.marks, indexThen);
  return { position, etaMs: leftOf(inMs, now - at), version };
}

const leftOf = (inMs: number | null, passedMs: number): number | null => (inMs === null ? null : Math.max(0, Math.round(inMs - passedMs)));

function placeAt(marks: readonly Mark[], index: number): readonly [position: number, inMs: number | null] {
  const high = marks.findIndex(([at]) => at >= index);
  const above = marks[high === -1 ? marks.length - 1 : high];
  const below = marks[(high === -1 ? marks.length - 1 : high) - 1] ?? ([-1, -1, 0] as const);
  if (above === undefined) return [index, null];
  const part = (index - below[0]) / Math.max(1, above[0] - below[0]);
  const inMs = above[2] === null || below[2] === null ? null : below[2] + part * (above[2] - below[2]);
  return [Math.round(below[1] + part * (above[1] - below[1])), inMs];
}
