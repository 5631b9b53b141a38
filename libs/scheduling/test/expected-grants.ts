/**
 * What the owner should grant by strict rank and arrival, knowing what it was told: the whole queue in order, each against the sums
 * of test/oracle.ts, behind the bookings of those that lack room.
 */
import type { Capacity, Head, LaneHeads, LimitState, OutputCounting, Reservation } from '../src/index.ts';
import { covers, piecesOf, sizeOf, takenOf, withPaces, type Fact, type Piece } from './oracle.ts';

/** A lane as it was told of last, and which of those heads are left. */
export interface Known {
  readonly lane: LaneHeads;
  heads: readonly Head[];
}

export interface Situation {
  readonly capacity: Capacity;
  readonly facts: readonly Fact[];
  readonly known: readonly Known[];
  /** Of each line the job that is booked. */
  readonly booked: ReadonlyMap<string, string>;
  readonly now: number;
}

export interface Expected {
  /** In order. */
  readonly ids: readonly string[];
  readonly booked: ReadonlyMap<string, string>;
}

interface Standing {
  readonly id: string;
  readonly rank: number;
  readonly createdAt: number;
}

interface Candidate extends Standing {
  readonly reservation: Reservation;
  /** Its rank and the limits it waits for. */
  readonly line: string;
}

/** A limit, and what was charged to it. */
interface Sum {
  readonly state: LimitState;
  readonly pieces: Piece[];
  /** What is to be free at some times. */
  readonly kept: { readonly at: number; readonly demand: number; free: number }[];
}

export function expectedGrants(situation: Situation): Expected {
  const { capacity, now, known } = situation;
  const limits = withPaces(capacity.limits).filter(({ limit }) => limit.dimension !== 'cost');
  const sums = limits.map((state): Sum => ({ state, kept: [], pieces: chargesOf(state, situation) }));
  const queues = known.flatMap((lane) => queuesOf(lane, limits, situation));
  const booked = new Map(situation.booked);
  const ids: string[] = [];
  const passedOver = new Set<string>();
  for (;;) {
    const first = firstOf(queues.flatMap((queue) => queue.slice(0, 1)).filter(({ id }) => !passedOver.has(id)), booked);
    if (first === undefined || mustWait(first, situation, ids)) return { ids, booked };
    const covering = sums.filter(({ state }) => covers(state, first.reservation.model));
    const lacking = covering.filter((sum) => !fits(sum, first.reservation, now));
    const mayPass = covering.every((sum) => demandOf(sum.state, first.reservation) <= Math.max(0, spareOf(sum)));
    if (lacking.length === 0 && mayPass) {
      ids.push(first.id);
      if (booked.get(first.line) === first.id) booked.delete(first.line);
      for (const sum of covering) {
        for (const kept of sum.kept) kept.free -= demandOf(sum.state, first.reservation);
        sum.pieces.push({ at: null, amount: demandOf(sum.state, first.reservation) });
      }
      for (const queue of queues) if (queue[0] === first) queue.shift();
      continue;
    }
    const isFirst = !queues.some(([other]) => other?.line === first.line && passedOver.has(other.id));
    if (lacking.length > 0 && mayPass && isFirst) {
      booked.set(first.line, first.id);
      keep(covering, lacking, { reservation: first.reservation, now });
    }
    passedOver.add(first.id);
  }
}

const chargesOf = (limit: LimitState, { capacity, facts, now }: Situation): Piece[] =>
  facts.filter((fact) => covers(limit, fact.reservation.model))
    .flatMap((fact) => piecesOf(limit, fact, { counting: capacity.outputCounting, leaseMs: capacity.leaseMs, now }));

const takenAt = ({ state, pieces }: Sum, at: number): number => takenOf(state, pieces, at);

function fits(sum: Sum, reservation: Reservation, at: number): boolean {
  const amount = sizeOf(sum.state);
  const demand = demandOf(sum.state, reservation);
  return demand === 0 || (amount > 0 && takenAt(sum, at) <= Math.max(0, amount - demand));
}

/** The booked call goes when the last of what it lacks has come free; what will be free then beyond it may be used. */
function keep(covering: readonly Sum[], lacking: readonly Sum[], { reservation, now }: { reservation: Reservation; now: number }): void {
  const at = Math.max(...lacking.map((sum) => firstFit(sum, reservation, now)));
  for (const sum of covering) {
    const amount = sizeOf(sum.state);
    const { windowMs } = sum.state.limit;
    const demand = Math.min(amount, demandOf(sum.state, reservation));
    if (demand === 0) continue;
    if (at === Infinity && lacking.includes(sum)) sum.kept.push({ at, demand, free: -Infinity });
    if (at === Infinity || windowMs === 0 || at - now > windowMs) continue;
    sum.kept.push({ at, demand, free: amount - takenAt(sum, at) });
  }
}

/** Windows that were halved some times end at a fraction of a ms. */
const PARTS_OF_MS = 8;

/** Once there is room it stays: the first time is found by halving. */
function firstFit(sum: Sum, reservation: Reservation, now: number): number {
  let [before, after] = [now * PARTS_OF_MS, (now + 1_000_000) * PARTS_OF_MS];
  if (!fits(sum, reservation, after / PARTS_OF_MS)) return Infinity;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (fits(sum, reservation, middle / PARTS_OF_MS)) after = middle;
    else before = middle;
  }
  return after / PARTS_OF_MS;
}

const spareOf = ({ kept }: Sum): number => Math.min(Infinity, ...kept.map(({ at, free }) =>
  free - kept.filter((other) => other.at <= at).reduce((sum, { demand }) => sum + demand, 0)));

/** A lane keeps its order among those who wait for the same limits. */
function queuesOf({ lane, heads }: Known, limits: readonly LimitState[], { capacity, now }: Situation): readonly Candidate[][] {
  const ready = heads.filter(({ startBy, notBefore }) => startBy > now && notBefore <= now).map((head): Candidate => ({
    id: head.id, rank: lane.rank, createdAt: head.createdAt, reservation: reservationOf(head, capacity.outputCounting),
    line: `${lane.rank} ${limits.filter((limit) => covers(limit, head.model)).map(({ id }) => id).join()}`,
  }));
  return [...new Set(ready.map(({ line }) => line))].map((one) => ready.filter(({ line }) => line === one));
}

/** Nobody goes after the last known head of a lane that holds more. */
const mustWait = (next: Standing, { known, now }: Situation, granted: readonly string[]): boolean =>
  known.some(({ lane, heads }) => {
    const last = lane.heads.at(-1);
    const usedUp = heads.every(({ id, startBy }) => startBy <= now || granted.includes(id));
    if (last === undefined || !usedUp || lane.waiting <= lane.heads.length) return false;
    return inOrder(next, { id: last.id, rank: lane.rank, createdAt: last.createdAt }) > 0;
  });

const inOrder = (a: Standing, b: Standing): number =>
  a.rank - b.rank || a.createdAt - b.createdAt || Number(a.id > b.id) - Number(a.id < b.id);

/** Each line offers the one that is booked, or its first; of the offers the first in order. */
function firstOf(heads: readonly Candidate[], booked: ReadonlyMap<string, string>): Candidate | undefined {
  const lines = [...new Set(heads.map(({ line }) => line))];
  const offers = lines.flatMap((line) => {
    const ofLine = heads.filter((head) => head.line === line).sort(inOrder);
    return ofLine.find(({ id }) => booked.get(line) === id) ?? ofLine.slice(0, 1);
  });
  return offers.sort(inOrder)[0];
}

function reservationOf(head: Head, counting: OutputCounting): Reservation {
  const { model, inputTokens, outputTokens: asked, maximumOutputTokens: maximum } = head;
  const outputTokens = maximum > 0 ? Math.min(asked, maximum) : asked;
  const extraOutputTokens = counting === 'as_produced' ? 0 : Math.max(0, maximum - outputTokens);
  return { model, inputTokens, outputTokens, extraOutputTokens };
}

function demandOf({ kind, limit: { dimension } }: LimitState, reservation: Reservation): number {
  if (kind === 'slots' || kind === 'unsent') return 1;
  const input = reservation.inputTokens;
  const output = reservation.outputTokens + reservation.extraOutputTokens;
  const tokens = { input_tokens: input, output_tokens: output, total_tokens: input + output };
  return { requests: 1, concurrency: 1, cost: 0, ...tokens }[dimension];
}
