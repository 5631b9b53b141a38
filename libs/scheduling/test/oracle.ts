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
    maximum_at_admission: [{ amount: (end === null ? undefined : fact.settled?.output) ?? outputTokens + extraOutputTokens, at: arrival }],
    unknown: [
      { amount: end === null ? outputTokens : actual, at: end },
      { amount: end === null || fact.settled?.output === null || fact.settled === null ? extraOutputTokens : 0, at: arrival },
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

/** What is taken of a limit at a time, by pieces whose times are known or not. */
export function takenOf({ limit }: LimitState, pieces: readonly Piece[], at: number): number {
  if (limit.window === 'bucket' && limit.windowMs > 0) return missingOf(limit, pieces, at);
  return sumOf(pieces.filter((piece) => piece.at === null || piece.at > at - limit.windowMs));
}

const sumOf = (pieces: readonly { readonly amount: number }[]): number => pieces.reduce((sum, { amount }) => sum + amount, 0);

/** What has not arrived counts in full; of the rest the most that any past leaves after its refill, in whole units. */
function missingOf({ amount, windowMs }: LimitState['limit'], pieces: readonly Piece[], now: number): number {
  const isAhead = ({ at }: Piece): boolean => at === null || at > now;
  const past = pieces.filter((piece) => !isAhead(piece));
  const since = past.map(({ at: from }) => sumOf(past.filter(({ at }) => Number(at) >= Number(from))) - ((now - Number(from)) * amount) / windowMs);
  return sumOf(pieces.filter(isAhead)) + Math.ceil(Math.max(0, ...since) - 1e-6);
}

/** What may be taken at once. */
export const sizeOf = ({ limit: { amount, burst } }: LimitState): number => burst ?? amount;

export const covers = ({ limit }: LimitState, model: string): boolean => limit.model === undefined || limit.model === model;

/** The limits, and for each pace one more: its share of the amount in any `paceMs`, at least one call. */
export const withPaces = (limits: readonly LimitState[]): readonly LimitState[] => limits.flatMap((state) => {
  const { paceMs, amount, windowMs, dimension } = state.limit;
  if (paceMs === undefined || windowMs === 0) return [state];
  const share = (amount * paceMs) / windowMs;
  const { burst: _burst, ...plain } = state.limit;
  const paced = { ...plain, window: 'sliding' as const, windowMs: paceMs, amount: dimension === 'requests' ? Math.max(1, share) : share };
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

type KnownCounting = Exclude<OutputCounting, 'unknown'>;

interface Charged {
  readonly index: number;
  readonly at: number;
  readonly amount: number;
  /** Given back at the end, when the provider charged the maximum before. */
  readonly surplus?: { readonly at: number; readonly amount: number };
}

/** Where the provider counted more than its limit, as text; a call larger than a limit may stand alone in it. */
export function overruns(limit: LimitState, calls: readonly Seen[], counting: KnownCounting): readonly string[] {
  const { dimension, amount, windowMs, window } = limit.limit;
  const covered = calls.filter(({ model }) => covers(limit, model));
  const charges = covered.flatMap((call, index) => chargesOf(call, index, counting)[dimension]).filter((charge) => charge.amount > 0);
  if (dimension !== 'concurrency' && limit.kind === 'own') {
    return window === 'bucket' ? overrunsOfBucket(limit, charges) : charges.flatMap(({ at }) => {
      const inside = charges.filter((charge) => charge.at > at - windowMs && charge.at <= at);
      const counted = inside.map(({ index, amount: n, surplus }) => ({ index, amount: n - (surplus && surplus.at <= at ? surplus.amount : 0) }));
      const sum = sumOf(counted);
      const alone = new Set(counted.filter((charge) => charge.amount > 0).map(({ index }) => index)).size === 1;
      return sum > amount && !alone ? [`${limit.id}: ${sum} of ${amount} in the ${windowMs} ms to ${at}`] : [];
    });
  }
  return covered.flatMap(({ arrivedAt }) => {
    const running = covered.filter((call) => call.arrivedAt <= arrivedAt && arrivedAt < call.endedAt).length;
    return running > Math.max(1, amount) && limit.kind !== 'unsent' ? [`${limit.id}: ${running} at once at ${arrivedAt}`] : [];
  });
}

function chargesOf(call: Seen, index: number, counting: KnownCounting): Record<LimitState['limit']['dimension'], Charged[]> {
  const input = { index, at: call.arrivedAt, amount: call.input };
  const most = Math.max(call.maximum, call.output);
  const output = counting === 'as_produced'
    ? { index, at: call.endedAt, amount: call.output }
    : { index, at: call.arrivedAt, amount: most, surplus: { at: call.endedAt, amount: most - call.output } };
  return {
    requests: [{ index, at: call.arrivedAt, amount: 1 }], input_tokens: [input], output_tokens: [output],
    total_tokens: [input, output], concurrency: [], cost: [],
  };
}

/** Played from the first charge on: what is given back comes first where times are equal. */
function overrunsOfBucket(state: LimitState, charges: readonly Charged[]): readonly string[] {
  const events = charges.flatMap(({ index, at, amount: n, surplus }) => (surplus === undefined ? [{ index, at, n }]
    : surplus.at === at ? [{ index, at, n: n - surplus.amount }]
      : [{ index, at, n }, { index, at: surplus.at, n: -surplus.amount }])).sort((a, b) => a.at - b.at || a.n - b.n);
  const { id, limit: { amount, windowMs } } = state;
  let [missing, before] = [0, 0];
  let since = new Set<number>();
  return events.flatMap(({ index, at, n }) => {
    missing = Math.max(0, missing - ((at - before) * amount) / windowMs);
    if (missing === 0) since = new Set();
    [missing, before] = [Math.max(0, missing + n), at];
    since.add(index);
    return n > 0 && missing > sizeOf(state) + 1e-6 && since.size > 1 ? [`${id}: ${missing} of ${sizeOf(state)} missing at ${at}`] : [];
  });
}
