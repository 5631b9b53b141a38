import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayTake, rankOf } from './spread.ts';

const schedulers = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 8 });

test('of those alive exactly one comes first, whoever asks and in whatever order they are told of', () => fc.assert(fc.property(schedulers, fc.string(), (alive, connection) => {
  const ranks = alive.map((one) => rankOf(one, alive, connection));
  expect(ranks.toSorted((a, b) => a - b)).toEqual(alive.map((_, index) => index));
  expect(alive.map((one) => rankOf(one, alive.toReversed(), connection))).toEqual(ranks);
})));

test('when one goes, only what was its own moves', () => fc.assert(fc.property(schedulers.filter(({ length }) => length > 1), fc.array(fc.string(), { minLength: 1 }), (alive, connections) => {
  const [gone, ...rest] = alive;
  const first = (of: readonly string[], connection: string) => of.find((one) => rankOf(one, of, connection) === 0);
  for (const connection of connections) if (first(alive, connection) !== gone) expect(first(rest, connection)).toBe(first(alive, connection));
})));

test('connections are spread about evenly', () => {
  const alive = ['a', 'b', 'c', 'd'];
  const counts = alive.map((one) => Array.from({ length: 1_000 }, (_, i) => `con_${i}`).filter((connection) => rankOf(one, alive, connection) === 0).length);
  for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(60);
});

test('a lease that nobody better takes is taken in the end', () => expect([mayTake(0, 0), mayTake(1, 0), mayTake(2, 1_500)]).toEqual([true, false, true]));
