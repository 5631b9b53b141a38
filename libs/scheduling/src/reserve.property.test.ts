import type { Learned } from '@sluice/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headOf } from '../test/words.ts';
import { reserve } from './reserve.ts';

const learnedOf = (outputMean: number, deviation: number, calls = 100): Learned =>
  ({ input: { bytesMean: 4_000, tokensMean: 1_000, bytesVariance: 0, covariance: 0, deviation: 0 }, outputMean, outputVariance: deviation ** 2, calls });
const spread = fc.record({ mean: fc.integer({ min: 1, max: 5_000 }), deviation: fc.integer({ min: 0, max: 2_000 }) });

test('calls in flight together reserve their mean, 3 σ of their sum and what the mean is off by, and never more than each alone', () => {
  fc.assert(fc.property(spread, fc.integer({ min: 1, max: 500 }), ({ mean, deviation }, n) => {
    const learned = learnedOf(mean, deviation);
    const one = reserve(headOf('a'), 'as_produced', { learned, inFlight: n - 1, settled: 100 }).outputTokens;
    const alone = reserve(headOf('a'), 'as_produced', { learned, inFlight: 0, settled: 100 }).outputTokens;
    expect(alone).toBe(Math.ceil(mean + 1.28 * deviation));
    expect(one).toBeLessThanOrEqual(alone);
    const enough = n * mean + Math.min(1.28 * n, Math.hypot(3 * Math.sqrt(n), 0.57 * n)) * deviation;
    expect(n * one).toBeGreaterThanOrEqual(enough - 1e-6 * n);
    expect(n * one).toBeLessThanOrEqual(enough + n);
  }), { numRuns: 500 });
});

test('never more than the request allows, and the rest of its maximum beside it where that may be charged at admission', () => {
  fc.assert(fc.property(spread, fc.integer({ min: 1, max: 3_000 }), ({ mean, deviation }, maximum) => {
    const head = headOf('a', { maximumOutputTokens: maximum });
    const { outputTokens, extraOutputTokens } = reserve(head, 'unknown', { learned: learnedOf(mean, deviation), inFlight: 3, settled: 100 });
    expect(outputTokens + extraOutputTokens).toBe(maximum);
  }));
});

test('what was learned since a job came replaces its estimate; a few calls teach too little', () => {
  const head = headOf('a', { inputTokens: 10, outputTokens: 10, bodyBytes: 4_000 });
  expect(reserve(head, 'as_produced', { learned: learnedOf(700, 0), inFlight: 5, settled: 100 })).toMatchObject({ inputTokens: 1_000, outputTokens: 700 });
  expect(reserve(head, 'as_produced', { learned: learnedOf(700, 0, 3), inFlight: 0, settled: 3 })).toMatchObject({ inputTokens: 10, outputTokens: 10 });
});

test('of a model that nothing is known of, those that go together reserve for estimates far too low, one alone does not', () => {
  const guessed = headOf('a', { bodyBytes: 4_000 });
  const after = (settled: number, inFlight: number) => reserve(guessed, 'as_produced', { learned: undefined, inFlight, settled });
  expect(after(0, 0)).toMatchObject({ inputTokens: 10, outputTokens: 10 });
  expect(after(19, 1)).toMatchObject({ inputTokens: 60, outputTokens: 60 });
  expect(after(20, 1)).toMatchObject({ inputTokens: 10, outputTokens: 10 });
  expect(reserve(headOf('a'), 'as_produced', { learned: undefined, inFlight: 9, settled: 0 })).toMatchObject({ inputTokens: 10, outputTokens: 10 });
});
