/**
 * What is taken of a limit, written from the definitions and sharing no code with the library: sums over whole logs, no rings, no
 * heaps. `piecesOf` as the owner must count them, knowing what it was told; `overruns` as the provider counted.
 */
import type { LimitState, OutputCounting, Reservation } from '../src/index.ts';

interface Settled {
  readonly arrivedAt: number;
  readonly endedAt: number;
  readonly input: number | null;
  readonly output: number | null;
}

/** One permit, as far as the owner was told. */
export interface Fact {
  readonly reservation: Reservation;
  readonly sendBy: number;
  sent: number | null;
  settled: Settled | null;
  released: boolean;
}

export interface Told {
  readonly counting: OutputCounting;
  readonly leaseMs: number;
  readonly now: number;
}

export interface Piece {
  readonly amount: number;
  /** null: counts without end */
  readonly at: number | null;
}

export function piecesOf({ kind, limit }: LimitState, fact: Fact, { counting, leaseMs, now }: Told): readonly Piece[] {
  if (fact.released) return [];
  const lapsedAt = fact.sendBy + leaseMs;
  const lapsed = fact.settled === null && fact.sent === null && lapsedAt <= now;
  const arrival = fact.settled?.arrivedAt ?? fact.sent ?? (lapsed ? lapsedAt : null);
  const end = fact.settled !== null ? Math.max(fact.settled.endedAt, fact.settled.arrivedAt) : lapsed ? lapsedAt : null;
  const { inputTokens, outputTokens, extraOutputTokens } = fact.reservation;
  const actual = fact.settled?.output ?? outputTokens;
  const input: Piece[] = [{ amount: fact.settled?.input ?? inputTokens, at: arrival }];
  const output: Piece[] = {
    as_produced: [{ amount: end === null ? outputTokens : actual, at: end }],
    maximum_at_admission: [{ amount: Math.max(outputTokens + extraOutputTokens, actual), at: arrival }],
    unknown: [
      { amount: end === null ? outputTokens : actual, at: end },
      { amount: end === null ? extraOutputTokens : Math.max(0, outputTokens + extraOutputTokens - actual), at: arrival },
    ],
  }[counting];
  const untilEnd: Piece[] = end === null ? [{ amount: 1, at: null }] : [];
  if (kind === 'slots') return untilEnd;
  if (kind === 'unsent') return arrival === null ? untilEnd : [];
  return {
    requests: [{ amount: 1, at: arrival }], concurrency: untilEnd, cost: [],
    input_tokens: input, output_tokens: output, total_tokens: [...input, ...output],
  }[limit.dimension];
}

export const covers = ({ limit }: LimitState, model: string): boolean => limit.model === undefined || limit.model === model;

/** The limits, and for each pace one more: its share of the amount in any `paceMs`, at least one call. */
export const withPaces = (limits: readonly LimitState[]): readonly LimitState[] => limits.flatMap((state) => {
  const { paceMs, amount, windowMs, dimension } = state.limit;
  if (paceMs === undefined || windowMs === 0) return [state];
  const share = (amount * paceMs) / windowMs;
  const paced = { ...state.limit, windowMs: paceMs, amount: dimension === 'requests' ? Math.max(1, share) : share };
  return [state, { ...state, id: `${state.id} paced`, limit: paced }];
});

/** One call as the provider saw it. */
export interface Seen {
  readonly model: string;
  readonly arrivedAt: number;
  readonly endedAt: number;
  readonly input: number;
  readonly output: number;
  readonly maximum: number;
}

/** Where the provider counted more than its limit in some window, as text; a call larger than a limit may stand alone in it. */
type KnownCounting = Exclude<OutputCounting, 'unknown'>;
export function overruns(limit: LimitState, calls: readonly Seen[], counting: KnownCounting): readonly string[] {
  const { dimension, amount, windowMs } = limit.limit;
  const covered = calls.filter(({ model }) => covers(limit, model));
  const charges = covered.flatMap((call, index) => {
    const input = { index, at: call.arrivedAt, amount: call.input };
    const output = counting === 'as_produced'
      ? { index, at: call.endedAt, amount: call.output }
      : { index, at: call.arrivedAt, amount: Math.max(call.maximum, call.output) };
    return {
      requests: [{ index, at: call.arrivedAt, amount: 1 }], input_tokens: [input], output_tokens: [output],
      total_tokens: [input, output], concurrency: [], cost: [],
    }[dimension].filter((charge) => charge.amount > 0);
  });
  const problems = charges.flatMap(({ at }) => {
    const inside = charges.filter((charge) => charge.at > at - windowMs && charge.at <= at);
    const sum = inside.reduce((total, charge) => total + charge.amount, 0);
    const alone = new Set(inside.map(({ index }) => index)).size === 1;
    return sum > amount && !alone ? [`${limit.id}: ${sum} of ${amount} in the ${windowMs} ms to ${at}`] : [];
  });
  if (dimension !== 'concurrency' && limit.kind === 'own') return problems;
  return covered.flatMap(({ arrivedAt }) => {
    const running = covered.filter((call) => call.arrivedAt <= arrivedAt && arrivedAt < call.endedAt).length;
    return running > Math.max(1, amount) && limit.kind !== 'unsent' ? [`${limit.id}: ${running} at once at ${arrivedAt}`] : [];
  });
}
