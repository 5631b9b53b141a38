import { expect, test } from 'vitest';
import { frontOf, type Point, verdictOf } from './verdict.ts';

const point = (p99Ms: number, utilisation: number): Point => ({ name: `${p99Ms} at ${utilisation}`, p99Ms, utilisation });

test.each([
  ['as good as the best', point(1_000, 0.98), [point(1_000, 0.98)], true],
  ['a tenth longer is let pass', point(1_100, 0.98), [point(1_000, 0.98)], true],
  ['more is not', point(1_101, 0.98), [point(1_000, 0.98)], false],
  ['nor for a point of utilisation', point(1_101, 0.99), [point(1_000, 0.98)], false],
  ['but for more than two', point(5_000, 0.99), [point(1_000, 0.96)], true],
  ['100 ms are always let pass', point(100, 0.98), [point(0, 0.98)], true],
  ['two points of waste are let pass', point(1_000, 0.96), [point(1_000, 0.98)], true],
  ['more are not', point(1_000, 0.95), [point(1_090, 0.98)], false],
  ['unless it waits clearly less', point(1_000, 0.95), [point(1_200, 0.98)], true],
  ['better in both', point(10, 0.99), [point(1_000, 0.9), point(2_000, 0.95)], true],
] as const)('%s', (_, own, family, within) => {
  expect(verdictOf(own, family).within).toBe(within);
});

test('the best is the one that waits least for as much', () => {
  const best = point(300, 0.97);
  expect(verdictOf(point(1_000, 0.98), [point(100, 0.9), best, point(900, 0.99)]).best).toBe(best);
});

test('the front holds what nobody beats in both', () => {
  expect(frontOf([point(5, 0.9), point(50, 0.99), point(60, 0.95), point(10, 0.95), point(50, 0.98)]))
    .toEqual([point(50, 0.99), point(10, 0.95), point(5, 0.9)]);
});
