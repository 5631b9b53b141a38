import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEAST_GAP_MS, nextTryInMs, TRIES_AT_MS } from './schedule.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const elapsed = fc.integer({ min: 0, max: 200_000_000 });
const tries = fc.integer({ min: 1, max: TRIES_AT_MS.length - 1 });

test('a try comes at its time of the plan, a tenth of it later at most, and before the next one\'s', () =>
  fc.assert(fc.property(tries, random, (n, r) => {
    const planned = TRIES_AT_MS[n] ?? 0;
    const at = nextTryInMs({ tries: n, elapsedMs: 0, retryAfterMs: null }, () => r) ?? -1;
    expect(at).toBeGreaterThanOrEqual(planned);
    expect(at).toBeLessThanOrEqual(planned * 1.1 + 1);
    expect(at).toBeLessThan(TRIES_AT_MS[n + 1] ?? Number.POSITIVE_INFINITY);
  })));

test('however late a try was, the next one is not sooner than the least gap', () =>
  fc.assert(fc.property(tries, elapsed, random, (n, elapsedMs, r) => {
    expect(nextTryInMs({ tries: n, elapsedMs, retryAfterMs: null }, () => r)).toBeGreaterThanOrEqual(LEAST_GAP_MS);
  })));

test('a receiver that asks for more time gets it, up to a day', () =>
  fc.assert(fc.property(tries, elapsed, fc.integer({ min: 0, max: 1_000_000_000 }), random, (n, elapsedMs, retryAfterMs, r) => {
    const asked = nextTryInMs({ tries: n, elapsedMs, retryAfterMs }, () => r) ?? -1;
    expect(asked).toBeGreaterThanOrEqual(Math.min(retryAfterMs, 86_400_000));
    expect(asked).toBeGreaterThanOrEqual(nextTryInMs({ tries: n, elapsedMs, retryAfterMs: null }, () => r) ?? -1);
  })));

test('there are ten tries, the first at once', () => {
  expect(TRIES_AT_MS).toHaveLength(10);
  expect(TRIES_AT_MS[0]).toBe(0);
  expect(nextTryInMs({ tries: 10, elapsedMs: 0, retryAfterMs: 1 }, () => 0)).toBeNull();
});
