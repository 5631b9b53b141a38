/** At most `amount` in any interval of `windowMs`, half open: a charge at t is gone at t + windowMs. */
import type { Charge, Meter } from './meter.ts';

/** Forgotten charges at the front of the list are cut off in strides of this many, so that expiry stays cheap. */
const COMPACT_AT = 4_096;

export function slidingMeter(initialAmount: number, windowMs: number): Meter {
  let amount = initialAmount;
  let charges: Charge[] = [];
  let head = 0;
  let sum = 0;

  const expire = (now: number): void => {
    for (let oldest = charges[head]; oldest && oldest.at + windowMs <= now; oldest = charges[head]) {
      sum -= oldest.amount;
      head += 1;
    }
    if (head > COMPACT_AT && head * 2 > charges.length) {
      charges = charges.slice(head);
      head = 0;
    }
  };

  return {
    waitFor(n, now) {
      if (n > amount) return Infinity;
      expire(now);
      let over = sum + n - amount;
      for (let i = head; over > 0; i += 1) {
        const charge = charges[i];
        if (!charge) return Infinity;
        over -= charge.amount;
        if (over <= 0) return charge.at + windowMs - now;
      }
      return 0;
    },
    take(n, now) {
      expire(now);
      const charge: Charge = { at: now, amount: n };
      charges.push(charge);
      sum += n;
      return charge;
    },
    correct(charge, n, now) {
      expire(now);
      if (charge.at + windowMs > now) sum += n - charge.amount;
      charge.amount = n;
    },
    used(now) {
      expire(now);
      return sum;
    },
    resetsIn(now) {
      expire(now);
      const last = charges[charges.length - 1];
      return head < charges.length && last ? last.at + windowMs - now : 0;
    },
    resize(next) {
      amount = next;
    },
  };
}
