/**
 * How much of a limit is used after the provider refused in spite of it: cut once for each flight of calls, grown back evenly.
 *
 * Below the level of the last refusal it grows by a third of the limit in a window; near that level and beyond slowly, so that a
 * limit that is lower than anybody said is overstepped once in a long while, and is nearly used in between.
 */

const CUT = 0.7;
/** Growth a window, as parts of the limit. */
const FAST = 0.3;
const SLOW = 0.02;
/** Where slow growth begins, as a part of the level of the last refusal. */
const NEAR = 0.95;
const LEAST = 0.01;

export interface Factor {
  readonly value: number;
  /** When `value` held, epoch ms. */
  readonly at: number;
  /** Refusals of permits granted before this are of the same flight, and cut no more. */
  readonly cutAt: number;
  /** The level at which the provider refused. */
  readonly refusedAt: number;
}

export const WHOLE: Factor = { value: 1, at: Number.NEGATIVE_INFINITY, cutAt: Number.NEGATIVE_INFINITY, refusedAt: Number.POSITIVE_INFINITY };

/** The part of the limit that is used at `now`. */
export function valueAt({ value, at, refusedAt }: Factor, windowMs: number, now: number): number {
  if (value >= 1) return 1;
  const windows = Math.max(0, now - at) / Math.max(1, windowMs);
  const near = Math.min(1, refusedAt * NEAR);
  const fast = Math.max(0, near - value) / FAST;
  const grown = windows <= fast ? value + windows * FAST : Math.max(value, near) + (windows - fast) * SLOW;
  return Math.min(1, grown);
}

/** After a refusal of a permit granted at `grantedAt`. */
export function afterRefusal(factor: Factor, { grantedAt, now, windowMs }: { grantedAt: number; now: number; windowMs: number }): Factor {
  if (grantedAt <= factor.cutAt) return factor;
  const level = valueAt(factor, windowMs, now);
  return { value: Math.max(LEAST, level * CUT), at: now, cutAt: now, refusedAt: level };
}
