/** At most `amount` per window, windows aligned to multiples of `windowMs` shifted by an offset. */
import type { Meter } from './meter.ts';

export function fixedMeter(initialAmount: number, windowMs: number, offsetMs: number): Meter {
  let amount = initialAmount;
  let current = -Infinity;
  let used = 0;
  const windowOf = (at: number): number => Math.floor((at - offsetMs) / windowMs);
  const endOfWindow = (at: number): number => (windowOf(at) + 1) * windowMs + offsetMs;

  const roll = (now: number): void => {
    if (windowOf(now) === current) return;
    current = windowOf(now);
    used = 0;
  };

  return {
    waitFor(n, now) {
      if (n > amount) return Infinity;
      roll(now);
      return used + n <= amount ? 0 : endOfWindow(now) - now;
    },
    take(n, now) {
      roll(now);
      used += n;
      return { at: now, amount: n };
    },
    correct(charge, n, now) {
      roll(now);
      if (windowOf(charge.at) === current) used += n - charge.amount;
      charge.amount = n;
    },
    used(now) {
      roll(now);
      return used;
    },
    resetsIn: (now) => {
      roll(now);
      return used > 0 ? endOfWindow(now) - now : 0;
    },
    resize(next) {
      amount = next;
    },
  };
}
