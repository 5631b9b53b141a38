/** Aligned windows, held against a provider whose boundaries the owner only hears of roughly. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Boundary, fixedAgeing, narrowed, slidingAgeing } from './ageing.ts';
import { Stamps } from './stamps.ts';

const T0 = 1_790_000_000_000;
const W = 1_000;
const offsets = fc.integer({ min: 0, max: W - 1 });
/** The provider tells of the end of its window; the answer was under way for a while, on both sides of the moment it was told. */
const hearings = fc.array(fc.record({ at: fc.integer({ min: 0, max: 20_000 }), early: fc.integer({ min: 0, max: 400 }), late: fc.integer({ min: 0, max: 400 }) }), { maxLength: 6 });

const endOfWindow = (at: number, offset: number): number => (Math.floor((at - offset) / W) + 1) * W + offset;

const heardOf = (list: typeof hearings extends fc.Arbitrary<infer T> ? T : never, offset: number): Boundary =>
  list.reduce<Boundary>((known, { at, early, late }) => {
    const end = endOfWindow(T0 + at, offset);
    return narrowed(known, { earliest: end - early, latest: end + late }, W);
  }, undefined);

test('a charge counts at least to the end of its aligned window, and never longer than a sliding one', () => {
  fc.assert(fc.property(offsets, hearings, fc.integer({ min: 0, max: 10_000 }), (offset, list, after) => {
    const at = T0 + after;
    const end = fixedAgeing(W, () => heardOf(list, offset)).endOf(at);
    expect(end).toBeGreaterThanOrEqual(endOfWindow(at, offset));
    expect(end).toBeLessThanOrEqual(slidingAgeing(W).endOf(at));
  }), { numRuns: 1000 });
});

test('what is over and when it ends say the same', () => {
  fc.assert(fc.property(offsets, hearings, fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 3_000 }), (offset, list, after, later) => {
    const ageing = fixedAgeing(W, () => heardOf(list, offset));
    const [at, now] = [T0 + after, T0 + after + later];
    expect(ageing.overBefore(now) >= at).toBe(ageing.endOf(at) <= now);
  }), { numRuns: 1000 });
});

test('a boundary heard of exactly lets a window be used again at once', () => {
  const exact = fixedAgeing(W, () => narrowed(undefined, { earliest: T0 + 300, latest: T0 + 300 }, W));
  const stamps = new Stamps(exact);
  stamps.add(T0 + 290, 5);
  expect(stamps.total(T0 + 299)).toBe(5);
  expect(stamps.freesAt(5)).toBe(T0 + 300);
  expect(stamps.total(T0 + 300)).toBe(0);
});

test('a boundary that contradicts what was heard replaces it: the provider was restarted, or counts otherwise', () => {
  const first = narrowed(undefined, { earliest: T0, latest: T0 + 10 }, W);
  expect(narrowed(first, { earliest: T0 + 5 * W + 500, latest: T0 + 5 * W + 520 }, W)).toEqual({ earliest: T0 + 5 * W + 500, latest: T0 + 5 * W + 520 });
});
