import fc from 'fast-check';
import { expect, test } from 'vitest';
import { budgetLeft, sliceAt } from './budget.ts';
import type { Limit } from './limit.ts';

const HOUR_MS = 3_600_000;
const limit = fc.record({
  dimension: fc.constant('requests' as const), amount: fc.integer({ min: 1, max: 1_000 }),
  windowMs: fc.integer({ min: HOUR_MS, max: 720 * HOUR_MS }), window: fc.constantFrom('sliding' as const, 'fixed' as const),
});
const NOW = 1_790_000_000_000;

test('a charge counts for its whole window at least, and for two slices more at most', () => fc.assert(fc.property(limit, fc.integer({ min: 0, max: 1e9 }), (of: Limit, afterMs) => {
  const now = NOW + afterMs;
  const { startsAt, endsAt } = sliceAt(of, now);
  expect(startsAt).toBeLessThanOrEqual(now);
  if (of.window === 'fixed') expect([startsAt % of.windowMs, endsAt - startsAt]).toEqual([0, of.windowMs]);
  else {
    expect(endsAt).toBeGreaterThanOrEqual(now + of.windowMs);
    expect(endsAt).toBeLessThanOrEqual(now + of.windowMs + Math.max(60_000, of.windowMs / 64 + 1));
  }
})));

test('what is asked for fits at the time that is told, and at no slice before', () => fc.assert(fc.property(
  limit, fc.array(fc.record({ charged: fc.integer({ min: 0, max: 500 }), endsAt: fc.integer({ min: NOW - 1_000, max: NOW + 10_000 }) })), fc.integer({ min: 1, max: 2_000 }),
  (of: Limit, slices, asked) => {
    const { freesAt, remaining } = budgetLeft(of, slices, { asked, now: NOW });
    const leftAt = (at: number): number => of.amount - slices.filter(({ endsAt }) => endsAt > at).reduce((sum, { charged }) => sum + charged, 0);
    const least = Math.min(asked, of.amount);
    expect(remaining).toBe(Math.max(0, leftAt(NOW)));
    if (freesAt === null) return void expect(leftAt(NOW)).toBeGreaterThanOrEqual(least);
    expect(leftAt(freesAt)).toBeGreaterThanOrEqual(least);
    for (const { endsAt } of slices) if (endsAt >= NOW && endsAt < freesAt) expect(leftAt(endsAt)).toBeLessThan(least);
  },
)));
