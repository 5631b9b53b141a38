/**
 * A pace on top of another window: no more than `amount × paceMs / windowMs` in any `paceMs`.
 * Never less than one call, however large: a call alone in its pace interval always passes the pace.
 */
import type { Charge, Meter } from './meter.ts';

export interface Pace {
  readonly amount: number;
  readonly windowMs: number;
  readonly paceMs: number;
}

export function pacedMeter(inner: Meter, pace: Pace): Meter {
  let share = (pace.amount * pace.paceMs) / pace.windowMs;
  const recent: Charge[] = [];
  let sum = 0;

  const expire = (now: number): void => {
    while (recent[0] && recent[0].at + pace.paceMs <= now) sum -= recent.shift()?.amount ?? 0;
  };
  const paceWait = (n: number, now: number): number => {
    expire(now);
    let used = sum;
    if (used + n <= share) return 0;
    // Once the last of them is gone the call is alone, and passes however large it is.
    for (const [index, charge] of recent.entries()) {
      used -= charge.amount;
      if (used + n <= share || index === recent.length - 1) return charge.at + pace.paceMs - now;
    }
    return 0;
  };

  return {
    waitFor: (n, now) => Math.max(inner.waitFor(n, now), paceWait(n, now)),
    take(n, now) {
      expire(now);
      const charge: Charge = { at: now, amount: n, inner: inner.take(n, now) };
      recent.push(charge);
      sum += n;
      return charge;
    },
    correct(charge, n, now) {
      if (charge.inner) inner.correct(charge.inner, n, now);
      expire(now);
      if (charge.at + pace.paceMs > now) sum += n - charge.amount;
      charge.amount = n;
    },
    used: (now) => inner.used(now),
    resetsIn: (now) => inner.resetsIn(now),
    resize(amount, now) {
      share = (amount * pace.paceMs) / pace.windowMs;
      inner.resize(amount, now);
    },
  };
}
