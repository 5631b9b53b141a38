/**
 * What a priority asks of a limit, as a running estimate: mean, burstiness, and the floor it has turned out to need.
 *
 * Means are exponential with three memories, each divided by the part of its memory that is filled, so that the first seconds count in
 * full. Burstiness is the variance rate of a compound Poisson stream, Σ x² over time: of demand x at times that know nothing of each
 * other, what is asked for in h has the variance h · Σ x² / t.
 *
 * The floor is a share of the limit, learned by stochastic approximation (Robbins and Monro, 1951): it grows with each wait that a
 * larger one would have spared, and decays by as much as is to be missed, so that it comes to rest where the mean severity of
 * waits is MISSED. Waits longer than the largest floor could cover teach nothing: their cause is elsewhere.
 */

const FAST_MS = 5_000;
const SLOW_MS = 60_000;
/** How long a priority that went idle still counts as one that may come back. */
const LONG_MS = 300_000;
/** Of the age of an estimate: one demand alone is not a rate. */
const LEAST_AGE_MS = 2_000;

/** Shares of the limit. */
export const FLOOR = { first: 0.01, least: 0.0075, most: 0.05 } as const;
/** How far one wait moves the floor, and the mean severity it settles at: a wait of SEVERE_MS or more is 1. */
const STEP = 0.001;
const MISSED = 0.0035;
const SEVERE_MS = 1_000;

export interface Need {
  readonly from: number;
  at: number;
  /** Amounts per ms, before they are divided by what is filled of their memory. */
  fast: number;
  slow: number;
  long: number;
  /** Squared amounts per ms. */
  square: number;
  floor: number;
}

export const openNeed = (now: number): Need => ({ from: now, at: now, fast: 0, slow: 0, long: 0, square: 0, floor: FLOOR.first });

export function ask(need: Need, amount: number, now: number): void {
  decay(need, now);
  need.fast += amount / FAST_MS;
  need.slow += amount / SLOW_MS;
  need.long += amount / LONG_MS;
  need.square += amount ** 2 / SLOW_MS;
}

/** A call went after it had waited for room. `windowMs` of the limit: the largest floor is as much as comes free in its share of it. */
export function learnFloor(need: Need, waitedMs: number, windowMs: number): void {
  const severity = waitedMs < FLOOR.most * windowMs ? Math.min(1, waitedMs / SEVERE_MS) : 0;
  need.floor = Math.min(FLOOR.most, Math.max(FLOOR.least, need.floor + STEP * (severity - MISSED)));
}

export interface Expected {
  /** Per ms. */
  readonly mean: number;
  readonly variance: number;
  /** Mean over the long memory, per ms. */
  readonly usual: number;
}

/** The mean is that of the last seconds or of the last minute, whichever is more: a burst is seen at once, a lull believed later. */
export function expectedOf(need: Need, now: number): Expected {
  decay(need, now);
  const filled = (memoryMs: number): number => 1 - Math.exp(-(now - need.from + LEAST_AGE_MS) / memoryMs);
  return {
    mean: Math.max(need.fast / filled(FAST_MS), need.slow / filled(SLOW_MS)),
    variance: need.square / filled(SLOW_MS),
    usual: need.long / filled(LONG_MS),
  };
}

function decay(need: Need, now: number): void {
  const passedMs = now - need.at;
  if (passedMs <= 0) return;
  need.at = now;
  need.fast *= Math.exp(-passedMs / FAST_MS);
  need.long *= Math.exp(-passedMs / LONG_MS);
  const slow = Math.exp(-passedMs / SLOW_MS);
  need.slow *= slow;
  need.square *= slow;
}
