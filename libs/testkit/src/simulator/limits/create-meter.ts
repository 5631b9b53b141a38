/** The meter that keeps a limit, by its window model. */
import type { Limit } from '@sluice/domain';
import { bucketMeter } from './bucket.ts';
import { fixedMeter } from './fixed.ts';
import type { Meter } from './meter.ts';
import { pacedMeter } from './paced.ts';
import { slidingMeter } from './sliding.ts';

export function createMeter(limit: Limit, fixedOffsetMs: number): Meter {
  const whole = windowMeter(limit, fixedOffsetMs);
  return limit.paceMs === undefined
    ? whole
    : pacedMeter(whole, { amount: limit.amount, windowMs: limit.windowMs, paceMs: limit.paceMs });
}

function windowMeter(limit: Limit, fixedOffsetMs: number): Meter {
  switch (limit.window) {
    case 'sliding': return slidingMeter(limit.amount, limit.windowMs);
    case 'fixed': return fixedMeter(limit.amount, limit.windowMs, fixedOffsetMs);
    case 'bucket': return bucketMeter(limit.amount, limit.windowMs);
    default: return limit.window satisfies never;
  }
}
