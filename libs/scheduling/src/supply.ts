/**
 * How much of a limit can be granted by when, if everything that comes free is granted at once.
 *
 * Granted by t, G(t), and what still counts of it make up the limit: what is charged at the grant leaves a window after its arrival
 * or end, and the part of a reservation that the call does not use comes back at its end. With the part kept k and the time held h:
 *
 *   G(t) = amount − left(t) − floating(t) + (1 − k)·G(t − h) + k·G(over(t) − l)
 *
 * where left(t) is what was stamped before now, over(t) the latest time whose charges have left the window by t, and l how long after
 * its grant a call is charged. A bucket gives its refill in place of what leaves; of concurrency everything comes back at the end.
 */
import { type Account, freesAt, takenAt } from './account.ts';
import { fixedAgeing, slidingAgeing } from './ageing.ts';
import type { Tempo } from './tempo.ts';
import type { OutputCounting } from './types.ts';

/** Points of a window, and how far is looked: beyond it the last window goes on. */
const POINTS = 128;
const WINDOWS = 8;

export interface Supply {
  /** Between two points. */
  readonly stepMs: number;
  /** G at 0, 1, 2 … steps from now. */
  readonly points: readonly number[];
  /** The part of a reservation that a call really takes, k. */
  readonly kept: number;
}

/** What the sum needs to know of how calls go on. */
interface Course {
  readonly kept: number;
  /** From a grant to the time it is charged at. */
  readonly chargedMs: number;
  readonly heldMs: number;
}

/** `now`: as of the last step. */
export function supplyOf(account: Account, { tempo, counting, now }: { tempo: Tempo; counting: OutputCounting; now: number }): Supply {
  const course = courseOf(account, tempo, counting);
  const { windowMs, window } = account.limit;
  if (windowMs <= 0) return sum(account, { now, course: { ...course, kept: 0 }, stepMs: Math.max(1, course.heldMs / 16), gone: () => Number.NEGATIVE_INFINITY, refill: () => 0 });
  const stepMs = Math.max(1, windowMs / POINTS);
  if (window === 'bucket') {
    const perMs = (account.amount / account.share) / windowMs;
    // Charges are whole: of the next unit a part is there already.
    const begun = Math.min(1, Math.max(0, 1 - (freesAt(account, 1) - now) * perMs));
    return sum(account, { now, course, stepMs, gone: () => Number.NEGATIVE_INFINITY, refill: (inMs) => begun + perMs * inMs });
  }
  const ageing = window === 'fixed' ? fixedAgeing(windowMs, () => account.boundary) : slidingAgeing(windowMs);
  return sum(account, { now, course, stepMs, gone: (inMs) => ageing.overBefore(now + inMs) - now - course.chargedMs, refill: () => 0 });
}

interface Sum {
  readonly now: number;
  readonly course: Course;
  readonly stepMs: number;
  /** Grants made until then (ms from now) count no more at `inMs`. */
  readonly gone: (inMs: number) => number;
  readonly refill: (inMs: number) => number;
}

function sum(account: Account, { now, course, stepMs, gone, refill }: Sum): Supply {
  const { kept, heldMs } = course;
  const { amount, floating, limit: { window, windowMs } } = account;
  const points: number[] = [];
  const granted = (inMs: number): number => between({ stepMs, points, kept }, inMs);
  const isBucket = window === 'bucket' && windowMs > 0;
  const stampedNow = takenAt(account, now) - floating;
  for (let index = 0; index < POINTS * WINDOWS; index += 1) {
    const inMs = index * stepMs;
    const ended = Math.min(1, inMs / heldMs);
    // What floats is charged when its call ends, and goes a window later.
    const left = Math.min(1, Math.max(0, -gone(inMs) / heldMs));
    const stillFloating = floating * (isBucket ? 1 - (1 - kept) * ended : (1 - kept) * (1 - ended) + kept * left);
    const stamped = isBucket ? stampedNow : takenAt(account, now + inMs) - floating;
    const back = (1 - kept) * granted(inMs - heldMs) + (isBucket ? 0 : kept * granted(gone(inMs)));
    points.push(Math.max(points.at(-1) ?? 0, amount - stamped - stillFloating + refill(inMs) + back));
  }
  return { stepMs, points, kept };
}

function between({ stepMs, points }: Supply, inMs: number): number {
  if (inMs < 0) return 0;
  const at = inMs / stepMs;
  const [low, high] = [points[Math.floor(at)] ?? points.at(-1) ?? 0, points[Math.floor(at) + 1]];
  return high === undefined ? low : low + (high - low) * (at - Math.floor(at));
}

function courseOf({ limit: { dimension } }: Account, tempo: Tempo, counting: OutputCounting): Course {
  const { arrivesMs, holdsMs, reservedInput, reservedOutput, actualInput, actualOutput } = tempo;
  const outputMs = counting === 'maximum_at_admission' ? arrivesMs : holdsMs;
  const part = (actual: number, reserved: number): number => (reserved > 0 ? Math.min(1, Math.max(0.01, actual / reserved)) : 1);
  switch (dimension) {
    case 'input_tokens': return { kept: part(actualInput, reservedInput), chargedMs: arrivesMs, heldMs: holdsMs };
    case 'output_tokens': return { kept: part(actualOutput, reservedOutput), chargedMs: outputMs, heldMs: holdsMs };
    case 'total_tokens': {
      const [actual, reserved] = [actualInput + actualOutput, reservedInput + reservedOutput];
      const chargedMs = actual > 0 ? (actualInput * arrivesMs + actualOutput * outputMs) / actual : arrivesMs;
      return { kept: part(actual, reserved), chargedMs, heldMs: holdsMs };
    }
    case 'requests': case 'concurrency': case 'cost': return { kept: 1, chargedMs: arrivesMs, heldMs: holdsMs };
    default: return dimension satisfies never;
  }
}
