/** What the owner should grant, knowing what it was told: the whole queue in order, each against the sums of test/oracle.ts. */
import type { Capacity, Head, LaneHeads, LimitState, OutputCounting, Reservation } from '../src/index.ts';
import { covers, takenOf, withPaces, type Fact } from './oracle.ts';

/** A lane as it was told of last, and which of those heads are left. */
export interface Known {
  readonly lane: LaneHeads;
  heads: readonly Head[];
}

export interface Situation {
  readonly capacity: Capacity;
  readonly facts: readonly Fact[];
  readonly known: readonly Known[];
  readonly now: number;
}

interface Standing {
  readonly id: string;
  readonly rank: number;
  readonly createdAt: number;
}

interface Candidate extends Standing {
  readonly reservation: Reservation;
}

/** The ids to be granted now, in order. */
export function expectedGrants(situation: Situation): readonly string[] {
  const { capacity, now } = situation;
  const limits = withPaces(capacity.limits).filter(({ limit }) => limit.dimension !== 'cost');
  const granted: { id: string; fact: Fact }[] = [];
  const closed = new Set<LimitState>();
  for (const candidate of merged(situation.known.flatMap((lane) => queuesOf(lane, limits, situation)))) {
    const covering = limits.filter((limit) => covers(limit, candidate.reservation.model));
    if (covering.some((limit) => closed.has(limit))) continue;
    if (mustWait(candidate, situation, granted.map(({ id }) => id))) break;
    const facts = [...situation.facts, ...granted.map(({ fact }) => fact)];
    const full = covering.filter((limit) => {
      const { amount } = limit.limit;
      const demand = demandOf(limit, candidate.reservation);
      const taken = takenOf(limit, facts, { counting: capacity.outputCounting, leaseMs: capacity.leaseMs, now });
      return demand > 0 && (amount <= 0 || taken > Math.max(0, amount - demand));
    });
    for (const limit of full) closed.add(limit);
    const fact = { reservation: candidate.reservation, sendBy: Infinity, sent: null, settled: null, released: false };
    if (full.length === 0) granted.push({ id: candidate.id, fact });
  }
  return granted.map(({ id }) => id);
}

/** A lane keeps its order among those who wait for the same limits. */
function queuesOf({ lane, heads }: Known, limits: readonly LimitState[], { capacity, now }: Situation): readonly Candidate[][] {
  const ready = heads.filter(({ startBy, notBefore }) => startBy > now && notBefore <= now).map((head): Candidate => ({
    id: head.id, rank: lane.rank, createdAt: head.createdAt, reservation: reservationOf(head, capacity.outputCounting),
  }));
  const coverage = ({ reservation }: Candidate): string =>
    limits.filter((limit) => covers(limit, reservation.model)).map(({ id }) => id).join();
  return [...new Set(ready.map(coverage))].map((one) => ready.filter((candidate) => coverage(candidate) === one));
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

/** One order of all, out of queues that keep theirs: always the first of those at the head of a queue. */
function merged(queues: readonly (readonly Candidate[])[]): readonly Candidate[] {
  const left = queues.map((queue) => [...queue]);
  const ordered: Candidate[] = [];
  for (;;) {
    const [first] = left.filter((queue) => queue.length > 0).sort(([a], [b]) => (a && b ? inOrder(a, b) : 0));
    if (first === undefined) return ordered;
    ordered.push(...first.splice(0, 1));
  }
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
