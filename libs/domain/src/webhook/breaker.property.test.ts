import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atOnce, healthAfter, WELL } from './breaker.ts';

const results = fc.array(fc.boolean(), { maxLength: 60 });
const after = (delivered: readonly boolean[]) => delivered.reduce((health, each) => healthAfter(health, each), WELL);

test('one success makes it well, whatever came before', () =>
  fc.assert(fc.property(results, (before) => { expect(after([...before, true])).toEqual(WELL); })));

test('four failures in a row pause nothing, from the fifth on each pause is twice the one before, up to 5 min', () => {
  const pauses = Array.from({ length: 14 }, (_, index) => after(Array<boolean>(index + 1).fill(false)).pausedForMs / 1_000);
  expect(pauses).toEqual([0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
});

test('at most 4 are under way, none while it is paused, one to ask whether it is back', () =>
  fc.assert(fc.property(results, (delivered) => {
    const health = after(delivered);
    expect(atOnce(health)).toBe(health.pausedForMs > 0 ? 0 : 4);
    expect(atOnce({ ...health, pausedForMs: 0 })).toBe(health.failures >= 5 ? 1 : 4);
  })));
