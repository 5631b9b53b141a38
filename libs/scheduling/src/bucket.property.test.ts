/** Held against the definition, and against a provider at which the same charges arrived earlier. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bucket } from './bucket.ts';

const T0 = 1_790_000_000_000;
const charges = fc.array(fc.record({
  offset: fc.integer({ min: -400, max: 50 }), amount: fc.integer({ min: 1, max: 20 }), waitMs: fc.integer({ min: 0, max: 300 }),
}), { maxLength: 60 });
const refills = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), size: fc.integer({ min: 1, max: 40 }) })
  .map(({ perSecond, size }) => ({ perMs: perSecond / 1_000, size }));

interface Charge { readonly at: number; readonly amount: number }

/** The most that any moment of the past leaves after its refill. */
function missingOf(log: readonly Charge[], perMs: number, now: number): number {
  const past = log.filter(({ at }) => at <= now);
  return Math.max(0, ...past.map(({ at: from }) =>
    past.reduce((sum, { at, amount }) => (at >= from ? sum + amount : sum), 0) - (now - from) * perMs));
}

const aheadOf = (log: readonly Charge[], now: number): number => log.reduce((sum, { at, amount }) => (at > now ? sum + amount : sum), 0);

test('what is missing is never less than by the definition, and at most a sub-interval more', () => {
  fc.assert(fc.property(refills, charges, (refill, list) => {
    const bucket = new Bucket(refill);
    const width = Math.max(1, Math.ceil(bucket.windowMs / 2048));
    const log: Charge[] = [];
    let now = T0;
    for (const { offset, amount, waitMs } of list) {
      now += waitMs;
      bucket.add(now + offset, amount);
      log.push({ at: now + offset, amount });
      const total = bucket.total(now);
      const exact = Math.ceil(missingOf(log, refill.perMs, now) - 1e-6) + aheadOf(log, now);
      expect(total).toBeGreaterThanOrEqual(exact);
      expect(total).toBeLessThanOrEqual(Math.ceil(exact + width * refill.perMs + 20 * (width - 1)));
    }
  }), { numRuns: 1000 });
});

test('a provider at which everything arrived earlier is never missing more', () => {
  fc.assert(fc.property(refills, charges, fc.integer({ min: 0, max: 200 }), (refill, list, earlier) => {
    const log: Charge[] = [];
    const bucket = new Bucket(refill);
    let now = T0;
    for (const { offset, amount, waitMs } of list) {
      now += waitMs;
      const latest = now + Math.max(0, offset);
      bucket.add(latest, amount);
      log.push({ at: Math.max(now, latest - earlier), amount });
      expect(bucket.total(now) + 1e-6).toBeGreaterThanOrEqual(missingOf(log, refill.perMs, now));
    }
  }), { numRuns: 1000 });
});

test('what is taken back in time leaves no trace', () => {
  fc.assert(fc.property(refills, charges, charges, (refill, kept, undone) => {
    const [with_, without] = [new Bucket(refill), new Bucket(refill)];
    for (const { offset, amount } of undone) with_.add(T0 + offset, amount);
    with_.total(T0 + 10);
    for (const { offset, amount } of kept) for (const bucket of [with_, without]) bucket.add(T0 + offset, amount);
    for (const { offset, amount } of undone) with_.add(T0 + offset, -amount);
    expect(with_.total(T0 + 60)).toBe(without.total(T0 + 60));
    expect(with_.freesAt(1)).toBe(without.freesAt(1));
  }), { numRuns: 1000 });
});

test('freesAt is the first moment at which that much has come back', () => {
  fc.assert(fc.property(refills, charges, fc.integer({ min: 1, max: 60 }), (refill, list, wanted) => {
    const bucket = new Bucket(refill);
    for (const { offset, amount } of list) bucket.add(T0 + offset, amount);
    const before = bucket.total(T0);
    const at = bucket.freesAt(wanted);
    expect(at === Infinity).toBe(before < wanted);
    if (at === Infinity) return;
    if (at > T0) expect(before - bucket.total(at - 1)).toBeLessThan(wanted);
    expect(before - bucket.total(at)).toBeGreaterThanOrEqual(wanted);
  }), { numRuns: 1000 });
});

test('a charge too old to be known of counts in full, and is not given back', () => {
  const bucket = new Bucket({ perMs: 0.001, size: 10 });
  for (let i = 0; i <= 5_000; i += 1) bucket.add(T0 + i * 1_000, 1);
  const before = bucket.total(T0 + 5_000_000); // the first of them are summed up by now
  bucket.add(T0 + 10, 4);
  bucket.add(T0 + 10, -4);
  expect(bucket.total(T0 + 5_000_000)).toBe(before + 4);
});
