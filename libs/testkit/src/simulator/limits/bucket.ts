/** A bucket of `amount` that refills continuously at `amount / windowMs`; it starts full. */
import type { Meter } from './meter.ts';

/** Refill is a sum of fractions: without this a bucket that is full by arithmetic is not by floating point. */
const ROUNDING = 1e-6;

export function bucketMeter(initialAmount: number, windowMs: number): Meter {
  let amount = initialAmount;
  let level = initialAmount;
  let at = -Infinity;

  const refill = (now: number): void => {
    if (at !== -Infinity && now > at) level = Math.min(amount, level + ((now - at) * amount) / windowMs);
    at = now;
  };
  const msFor = (n: number): number => (n * windowMs) / amount;

  return {
    waitFor(n, now) {
      if (n > amount) return Infinity;
      refill(now);
      return level + ROUNDING >= n ? 0 : msFor(n - level);
    },
    take(n, now) {
      refill(now);
      level -= n;
      return { at: now, amount: n };
    },
    correct(charge, n, now) {
      refill(now);
      level = Math.min(amount, level + charge.amount - n);
      charge.amount = n;
    },
    used(now) {
      refill(now);
      return amount - level;
    },
    resetsIn(now) {
      refill(now);
      return msFor(amount - level);
    },
    resize(next, now) {
      refill(now);
      level = Math.min(level, next);
      amount = next;
    },
  };
}
