import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Learned } from '@sluice/domain';
import { estimate, learn, type Settled } from './estimate.ts';
import { expectedTokens } from './input-line.ts';

const anyNumber = fc.oneof(fc.integer({ min: -10, max: 5_000_000 }), fc.constantFrom(NaN, Infinity, -Infinity, 0));
const count = fc.option(anyNumber, { nil: null });
const settled = fc.record({ bodyBytes: anyNumber, inputTokens: count, outputTokens: count });
const asked = fc.record({
  bodyBytes: fc.nat(50_000_000), maximumOutputTokens: fc.option(fc.nat(200_000), { nil: null }),
  choices: fc.integer({ min: 1, max: 8 }),
});
const taught = (calls: readonly Settled[]): Learned | undefined =>
  calls.reduce<Learned | undefined>((learned, call) => learn(learned, call), undefined);

test('an estimate is a whole number of tokens, never more output than the maximum, whatever was learned', () => {
  fc.assert(fc.property(fc.array(settled, { maxLength: 60 }), asked, (calls, call) => {
    const { inputTokens, outputTokens, maximumOutputTokens } = estimate(call, taught(calls));
    expect(Number.isSafeInteger(inputTokens) && inputTokens >= 0).toBe(true);
    expect(Number.isSafeInteger(outputTokens) && outputTokens >= 0).toBe(true);
    const most = call.maximumOutputTokens === null ? null : call.maximumOutputTokens * call.choices;
    expect(maximumOutputTokens).toBe(most);
    expect(outputTokens).toBeLessThanOrEqual(most ?? Infinity);
  }), { numRuns: 1000 });
});

test('twenty calls after a change the estimate follows it', () => {
  const ratio = fc.double({ min: 1, max: 12, noNaN: true });
  const mean = fc.integer({ min: 1, max: 20_000 });
  fc.assert(fc.property(ratio, ratio, mean, mean, (oldRatio, newRatio, oldMean, newMean) => {
    const calls = (bytes: number, outputTokens: number, times: number): Parameters<typeof taught>[0] =>
      Array.from({ length: times }, () => ({ bodyBytes: Math.round(bytes * 10_000), inputTokens: 10_000, outputTokens }));
    const learned = taught([...calls(oldRatio, oldMean, 50), ...calls(newRatio, newMean, 25)]);
    const expected = learned === undefined ? NaN : expectedTokens(Math.round(newRatio * 10_000), learned.input);
    expect(Math.abs(expected - 10_000)).toBeLessThanOrEqual(1_500);
    expect(Math.abs((learned?.outputMean ?? 0) - newMean)).toBeLessThanOrEqual(0.05 * Math.abs(oldMean - newMean) + 1);
  }), { numRuns: 500 });
});

test('one call moves what is believed by a bounded part', () => {
  fc.assert(fc.property(fc.array(settled, { maxLength: 30 }), settled, (calls, last) => {
    const before = taught(calls) ?? learn(undefined, { bodyBytes: 0, inputTokens: null, outputTokens: null });
    const after = learn(before, last);
    const [was, is] = [before, after].map(({ input }) => expectedTokens(before.input.bytesMean, input)) as [number, number];
    expect(is / was).toBeGreaterThan(0.24);
    expect(is / was).toBeLessThan(4.2);
    const { outputTokens } = last;
    const counts = outputTokens !== null && Number.isFinite(outputTokens) && outputTokens >= 0;
    const seen = counts ? outputTokens : before.outputMean;
    expect(after.outputMean).toBeGreaterThanOrEqual(Math.min(before.outputMean, seen) - 1e-6);
    expect(Math.abs(after.outputMean - before.outputMean)).toBeLessThanOrEqual(0.16 * Math.abs(seen - before.outputMean) + 1e-6);
    expect(after.calls).toBe(before.calls + 1);
  }), { numRuns: 500 });
});

test('nine calls of ten stay below the estimated output of a route with a steady spread', () => {
  // A normal spread by the sum of twelve uniform draws of a small generator: mean 600, deviation 100.
  let seed = 7;
  const uniform = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const draw = (): number => Math.round(600 + 100 * (Array.from({ length: 12 }, uniform).reduce((a, b) => a + b) - 6));
  let learned: Learned | undefined;
  let below = 0;
  for (let i = 0; i < 2_000; i += 1) {
    const outputTokens = draw();
    if (outputTokens <= estimate({ bodyBytes: 100, maximumOutputTokens: null, choices: 1 }, learned).outputTokens) below += 1;
    learned = learn(learned, { bodyBytes: 100, inputTokens: 25, outputTokens });
  }
  expect(below / 2_000).toBeGreaterThan(0.85);
  expect(below / 2_000).toBeLessThan(0.94);
});

test('nothing learned: a little too many tokens for English', () => {
  expect(estimate({ bodyBytes: 3_500, maximumOutputTokens: 100, choices: 2 }, undefined))
    .toEqual({ inputTokens: 1_050, outputTokens: 200, maximumOutputTokens: 200 });
});

test('of bodies that differ in length but share a wrapping, hardly any is estimated too low', () => {
  let seed = 11;
  const uniform = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let learned: Learned | undefined;
  let reserved = 0;
  let counted = 0;
  let tooLow = 0;
  for (let i = 0; i < 2_000; i += 1) {
    const inputTokens = 10 + Math.round(4_000 * uniform() ** 2);
    const bodyBytes = 150 + 4 * inputTokens;
    if (i >= 50) {
      const estimated = estimate({ bodyBytes, maximumOutputTokens: 1, choices: 1 }, learned).inputTokens;
      reserved += estimated;
      counted += inputTokens;
      tooLow += Math.max(0, inputTokens - estimated);
    }
    learned = learn(learned, { bodyBytes, inputTokens, outputTokens: 1 });
  }
  expect(reserved / counted).toBeGreaterThan(1);
  expect(tooLow / counted).toBeLessThan(0.000_1);
  expect(reserved / counted).toBeLessThan(1.02);
});
