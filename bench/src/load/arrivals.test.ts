import { expect, test } from 'vitest';
import { compressed, evenly } from './arrivals.ts';

test('even arrivals keep their rate over the whole time', () => {
  expect(evenly(20, 90)).toHaveLength(1800);
  expect(evenly(4, 1)).toEqual([0, 250, 500, 750]);
});

test('compressed arrivals keep their proportions and end at the span', () => {
  expect(compressed([1000, 2000, 5000], 100)).toEqual([0, 25, 100]);
  expect(compressed([7, 7], 100)).toEqual([0, 0]);
});
