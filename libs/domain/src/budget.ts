/**
 * Budgets: limits of an hour and more, as far as they can be seen from what is charged. A charge counts until a whole window after the end
 * of its slice of time (of aligned windows: to their end), so what is told is never too little.
 */
import type { Limit } from './limit.ts';

/** What was charged in one slice, and until when it counts (epoch ms). */
export interface BudgetSlice {
  readonly charged: number;
  readonly endsAt: number;
}

const SLICES = 64;
const LEAST_SLICE_MS = 60_000;

/** The slice that a charge made now belongs to. */
export function sliceAt({ window, windowMs }: Limit, now: number): { readonly startsAt: number; readonly endsAt: number } {
  const widthMs = window === 'fixed' ? windowMs : Math.max(LEAST_SLICE_MS, Math.ceil(windowMs / SLICES));
  const startsAt = Math.floor(now / widthMs) * widthMs;
  return { startsAt, endsAt: startsAt + widthMs + (window === 'fixed' ? 0 : windowMs) };
}

export interface BudgetLeft {
  readonly remaining: number;
  /** When the first charge that counts ends; null: nothing is charged. */
  readonly resetsAt: number | null;
  /** When so much as was asked about will be left; null: it is left now. */
  readonly freesAt: number | null;
}

/** `asked`: what a call will take. One larger than the whole limit fits when nothing is charged. */
export function budgetLeft({ amount }: Limit, slices: readonly BudgetSlice[], { asked, now }: { asked: number; now: number }): BudgetLeft {
  const counting = slices.filter(({ charged, endsAt }) => charged > 0 && endsAt > now).toSorted((a, b) => a.endsAt - b.endsAt);
  const charged = counting.reduce((sum, slice) => sum + slice.charged, 0);
  const least = Math.min(asked, amount);
  let left = amount - charged;
  let freesAt: number | null = null;
  for (const slice of counting) {
    if (left >= least) break;
    left += slice.charged;
    freesAt = slice.endsAt;
  }
  return { remaining: Math.max(0, amount - charged), resetsAt: counting[0]?.endsAt ?? null, freesAt };
}
