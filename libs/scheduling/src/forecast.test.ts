import { expect, test } from 'vitest';
import { forecast } from './forecast.ts';

const lanes = [{ rank: 0, waiting: 3 }, { rank: 1, waiting: 5 }, { rank: 1, waiting: 2 }, { rank: 2, waiting: 100 }];

test('everybody of the same and of more urgent ranks goes first, at the rate of late', () => {
  expect(forecast({ lanes, grantsPerSecond: 4 }, 1)).toEqual({ position: 10, etaMs: 2_500 });
});

test('nobody ahead: next, at once', () => {
  expect(forecast({ lanes: lanes.slice(1), grantsPerSecond: 0 }, 0)).toEqual({ position: 0, etaMs: 0 });
});

test('when nothing moves nothing can be said of when', () => {
  expect(forecast({ lanes, grantsPerSecond: 0 }, 0)).toEqual({ position: 3, etaMs: null });
});
