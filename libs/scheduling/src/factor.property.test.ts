/** What is used of a limit after a refusal: cut once a flight, and back by itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterRefusal, valueAt, WHOLE, type Factor } from './factor.ts';

const WINDOW_MS = 60_000;
const refusals = fc.array(fc.record({ sinceMs: fc.integer({ min: 1, max: 600_000 }), underWayMs: fc.integer({ min: 0, max: 30_000 }) }), { maxLength: 20 });

/** Refusals one after the other, each of a call granted some time before. */
const after = (all: readonly { readonly sinceMs: number; readonly underWayMs: number }[]): { readonly factor: Factor; readonly now: number } =>
  all.reduce(({ factor, now }, { sinceMs, underWayMs }) => {
    const at = now + sinceMs;
    return { factor: afterRefusal(factor, { grantedAt: at - underWayMs, now: at, windowMs: WINDOW_MS }), now: at };
  }, { factor: WHOLE, now: 0 });

test('the first refusal cuts to seven tenths; those of the same flight cut no more, one granted after it does', () => {
  const once = afterRefusal(WHOLE, { grantedAt: 900, now: 1_000, windowMs: WINDOW_MS });
  expect(valueAt(once, WINDOW_MS, 1_000)).toBeCloseTo(0.7);
  expect(afterRefusal(once, { grantedAt: 1_000, now: 1_200, windowMs: WINDOW_MS })).toBe(once);
  expect(valueAt(afterRefusal(once, { grantedAt: 1_001, now: 1_200, windowMs: WINDOW_MS }), WINDOW_MS, 1_200)).toBeLessThan(0.5);
});

test('whatever was refused, it is between a hundredth and the whole, never falls by itself, and is whole again in the end', () => {
  fc.assert(fc.property(refusals, fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 30 }), (all, pauses) => {
    const { factor, now } = after(all);
    let [at, before] = [now, 0];
    for (const pause of pauses) {
      at += pause;
      const value = valueAt(factor, WINDOW_MS, at);
      expect(value).toBeGreaterThanOrEqual(Math.max(0.01, before));
      expect(value).toBeLessThanOrEqual(1);
      before = value;
    }
    expect(valueAt(factor, WINDOW_MS, now + 60 * WINDOW_MS)).toBe(1);
  }), { numRuns: 500 });
});

test('it grows by a third of the limit a window to near the level that was refused, and slowly from there', () => {
  const half: Factor = { value: 0.35, at: 0, cutAt: 0, refusedAt: 0.5 };
  expect(valueAt(half, WINDOW_MS, WINDOW_MS / 4)).toBeCloseTo(0.425);
  expect(valueAt(half, WINDOW_MS, WINDOW_MS)).toBeLessThan(0.5);
  expect(valueAt(half, WINDOW_MS, 2 * WINDOW_MS) - valueAt(half, WINDOW_MS, WINDOW_MS)).toBeCloseTo(0.02);
});
