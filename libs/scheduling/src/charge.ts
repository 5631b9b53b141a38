/**
 * What one permit takes of one limit, and when. This table is the whole of "reserve, then settle":
 *
 *                      granted        sent, at its latest arrival     settled, at its end
 *   requests           floats         1 at the arrival                1 at the arrival
 *   input              floats         reserved at the arrival         actual at the arrival
 *   output, by how the provider counts
 *     as produced      floats         floats                          actual at the end
 *     maximum          floats         maximum at the arrival          actual at the arrival
 *     unknown          floats         what the maximum has beyond     actual at the end
 *                                     the estimate at the arrival;
 *                                     the estimate floats
 *   concurrency, slots floats         floats                          nothing
 *   unsent             floats         nothing                         nothing
 *
 * What floats counts until it is stamped; what is stamped counts for one window from its time. An actual that nobody knows is the
 * reservation. Under `unknown` both kinds of provider see at most what is charged here: while the call runs the maximum is charged
 * for the one and the estimate for the other, and once it has ended the actual counts for one window from the later of their times.
 */
import type { LimitState, OutputCounting, Reservation } from './types.ts';

/** A permit as far as its charges go. Times are epoch ms, null: not yet. Tokens are null as long as they are unknown. */
export interface Usage {
  readonly reservation: Reservation;
  readonly arrivedAt: number | null;
  /** Never before `arrivedAt`. */
  readonly endedAt: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** The part of a limit that decides what counts against it. */
export type Metered = Pick<LimitState, 'kind' | 'limit'>;

export interface Charge {
  readonly floating: number;
  readonly atArrival: number;
  readonly atEnd: number;
}

const NOTHING: Charge = { floating: 0, atArrival: 0, atEnd: 0 };
const floats = (amount: number): Charge => ({ floating: amount, atArrival: 0, atEnd: 0 });
const atArrival = (amount: number): Charge => ({ floating: 0, atArrival: amount, atEnd: 0 });
const both = (a: Charge, b: Charge): Charge =>
  ({ floating: a.floating + b.floating, atArrival: a.atArrival + b.atArrival, atEnd: a.atEnd + b.atEnd });

/** All that a call may take of a limit: what must be free for it to go, and what floats from its grant on. */
export function demandOf({ kind, limit }: Metered, { inputTokens, outputTokens, extraOutputTokens }: Reservation): number {
  if (kind === 'unsent' || kind === 'slots') return 1;
  switch (limit.dimension) {
    case 'requests': case 'concurrency': return 1;
    case 'input_tokens': return inputTokens;
    case 'output_tokens': return outputTokens + extraOutputTokens;
    case 'total_tokens': return inputTokens + outputTokens + extraOutputTokens;
    case 'cost': return 0; // prices are not known here yet
    default: return limit.dimension satisfies never;
  }
}

/** What a permit, as far as it has come, is charged against a limit. */
export function chargeOf(metered: Metered, usage: Usage, counting: OutputCounting): Charge {
  if (usage.arrivedAt === null) return floats(demandOf(metered, usage.reservation));
  const ended = usage.endedAt !== null;
  if (metered.kind === 'unsent') return NOTHING;
  if (metered.kind === 'slots') return ended ? NOTHING : floats(1);
  switch (metered.limit.dimension) {
    case 'requests': return atArrival(1);
    case 'concurrency': return ended ? NOTHING : floats(1);
    case 'input_tokens': return inputCharge(usage);
    case 'output_tokens': return outputCharge(usage, counting);
    case 'total_tokens': return both(inputCharge(usage), outputCharge(usage, counting));
    case 'cost': return NOTHING;
    default: return metered.limit.dimension satisfies never;
  }
}

const inputCharge = ({ reservation, inputTokens }: Usage): Charge => atArrival(inputTokens ?? reservation.inputTokens);

function outputCharge({ reservation, endedAt, outputTokens }: Usage, counting: OutputCounting): Charge {
  const { outputTokens: estimate, extraOutputTokens: extra } = reservation;
  const actual = outputTokens ?? estimate;
  switch (counting) {
    case 'as_produced':
      return endedAt === null ? floats(estimate) : { floating: 0, atArrival: 0, atEnd: actual };
    case 'maximum_at_admission':
      return atArrival(endedAt === null ? estimate + extra : outputTokens ?? estimate + extra);
    case 'unknown':
      return endedAt === null
        ? { floating: estimate, atArrival: extra, atEnd: 0 }
        : { floating: 0, atArrival: outputTokens === null ? extra : 0, atEnd: actual };
    default: return counting satisfies never;
  }
}
