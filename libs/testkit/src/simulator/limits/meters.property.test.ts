/** Each window model against its definition, applied by brute force to everything that was let through. */
import type { Limit } from '@sluice/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMeter } from './create-meter.ts';

interface Ask {
  readonly afterMs: number;
  readonly amount: number;
  /** Waits as it is told and goes through, instead of going away. */
  readonly patient: boolean;
}
interface Spent {
  readonly at: number;
  readonly amount: number;
}
type Fits = (spent: readonly Spent[], now: number, n: number) => boolean;

const asks = fc.array(fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(400)),
  amount: fc.integer({ min: 1, max: 12 }),
  patient: fc.boolean(),
}), { maxLength: 60 });
const shape = fc.record({
  amount: fc.integer({ min: 1, max: 30 }), windowMs: fc.integer({ min: 1, max: 300 }), offset: fc.nat(500),
});
const START = 1_000_000;

const sumOf = (spent: readonly Spent[]): number => spent.reduce((sum, { amount }) => sum + amount, 0);

const slidingFits = (amount: number, windowMs: number): Fits => (spent, now, n) =>
  sumOf(spent.filter(({ at }) => at > now - windowMs && at <= now)) + n <= amount;

const fixedFits = (amount: number, windowMs: number, offset: number): Fits => (spent, now, n) => {
  const window = (at: number): number => Math.floor((at - offset) / windowMs);
  return sumOf(spent.filter(({ at }) => window(at) === window(now))) + n <= amount;
};

/** Never more than `amount` plus the refill of any stretch of time since the bucket was last full: over every suffix. */
const bucketFits = (amount: number, windowMs: number): Fits => (spent, now, n) =>
  [...spent.keys(), spent.length].every((from) => {
    const since = spent[from]?.at ?? now;
    return sumOf(spent.slice(from)) + n <= amount + ((now - since) * amount) / windowMs + 1e-6;
  });

const paceFits = (share: number, paceMs: number): Fits => (spent, now, n) => {
  const recent = spent.filter(({ at }) => at > now - paceMs && at <= now);
  return recent.length === 0 || sumOf(recent) + n <= share;
};

/** Plays the asks; the meter must admit exactly what the definition admits, and its wait must be the shortest that is right. */
function agrees(limit: Limit, fixedOffsetMs: number, how: { readonly fits: Fits; readonly asks: readonly Ask[] }): void {
  const meter = createMeter(limit, fixedOffsetMs);
  const spent: Spent[] = [];
  let now = START;
  for (const { afterMs, amount, patient } of how.asks) {
    now += afterMs;
    const fits = how.fits(spent, now, amount);
    const waitMs = meter.waitFor(amount, now);
    expect(waitMs === 0, `${amount} at ${now - START}`).toBe(fits);
    if (fits) {
      meter.take(amount, now);
      spent.push({ at: now, amount });
      continue;
    }
    if (amount > limit.amount) {
      expect(waitMs).toBe(Infinity);
      continue;
    }
    expect(how.fits(spent, now + waitMs, amount), `after the wait of ${waitMs}`).toBe(true);
    const earlier = now + waitMs - (limit.window === 'bucket' ? 0.01 : 1);
    if (earlier > now) expect(how.fits(spent, earlier, amount), `before the wait of ${waitMs} is over`).toBe(false);
    if (!patient) continue;
    now += waitMs;
    expect(meter.waitFor(amount, now), `at the end of the wait of ${waitMs}`).toBe(0);
    meter.take(amount, now);
    spent.push({ at: now, amount });
  }
}

const limitOf = (window: Limit['window'], amount: number, windowMs: number): Limit =>
  ({ dimension: 'total_tokens', amount, windowMs, window });

describe('a meter admits what the definition of its window admits, and names the shortest wait', () => {
  test('sliding', () => fc.assert(fc.property(shape, asks, ({ amount, windowMs }, list) =>
    agrees(limitOf('sliding', amount, windowMs), 0, { fits: slidingFits(amount, windowMs), asks: list }))));

  test('fixed', () => fc.assert(fc.property(shape, asks, ({ amount, windowMs, offset }, list) =>
    agrees(limitOf('fixed', amount, windowMs), offset, { fits: fixedFits(amount, windowMs, offset), asks: list }))));

  test('bucket', () => fc.assert(fc.property(shape, asks, ({ amount, windowMs }, list) =>
    agrees(limitOf('bucket', amount, windowMs), 0, { fits: bucketFits(amount, windowMs), asks: list }))));

  const windows = fc.constantFrom<Limit['window']>('sliding', 'fixed');
  test('a pace on each of them', () => fc.assert(fc.property(shape, asks, windows, fc.integer({ min: 2, max: 20 }),
    ({ amount, windowMs, offset }, list, window, parts) => {
      const paceMs = Math.max(1, Math.floor(windowMs / parts));
      const whole = window === 'sliding' ? slidingFits(amount, windowMs) : fixedFits(amount, windowMs, offset);
      const pace = paceFits((amount * paceMs) / windowMs, paceMs);
      const fits: Fits = (spent, now, n) => whole(spent, now, n) && pace(spent, now, n);
      agrees({ ...limitOf(window, amount, windowMs), paceMs }, offset, { fits, asks: list });
    })));
});

describe('a correction counts where the charge was made', () => {
  const given = fc.record({ first: fc.integer({ min: 1, max: 30 }), surplus: fc.nat(30), afterMs: fc.nat(600) });
  test.each(['sliding', 'fixed', 'bucket'] as const)('%s: a surplus given back at once leaves what less would have', (window) =>
    fc.assert(fc.property(shape, given, ({ amount, windowMs, offset }, { first, surplus, afterMs }) => {
      const limit = limitOf(window, amount + 100, windowMs);
      const [corrected, exact] = [createMeter(limit, offset), createMeter(limit, offset)];
      corrected.correct(corrected.take(first + surplus, START), first, START);
      exact.take(first, START);
      expect(corrected.used(START + afterMs)).toBeCloseTo(exact.used(START + afterMs), 6);
    })));

  test.each(['sliding', 'fixed', 'bucket'] as const)('%s: a correction after the window changes nothing', (window) => {
    const meter = createMeter(limitOf(window, 100, 1_000), 0);
    const charge = meter.take(80, START);
    meter.take(10, START + 2_000);
    const before = meter.used(START + 2_000);
    meter.correct(charge, 20, START + 2_000);
    expect(meter.used(START + 2_000)).toBeLessThanOrEqual(before);
    expect(meter.used(START + 2_000)).toBeGreaterThanOrEqual(window === 'bucket' ? 0 : before);
  });
});

test('a new amount keeps what is used', () => {
  for (const window of ['sliding', 'fixed', 'bucket'] as const) {
    const meter = createMeter(limitOf(window, 10, 1_000), 0);
    meter.take(4, START);
    meter.resize(5, START);
    expect(meter.waitFor(1, START), window).toBe(0);
    expect(meter.waitFor(6, START), window).toBe(Infinity);
  }
});
