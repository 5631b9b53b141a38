import { expect, test } from 'vitest';
import { ahead } from './position.ts';

const job = { connection: 'c', lane: 'mine', id: 'j-1', rank: 1, createdAt: 1_500 };
const table = {
  at: 2_000, grantsPerSecond: 2,
  lanes: [
    { lane: 'mine', rank: 1, waiting: 5, oldestAt: 1_000 },
    { lane: 'urgent', rank: 0, waiting: 3, oldestAt: 1_900 },
    { lane: 'peer', rank: 1, waiting: 10, oldestAt: 1_000 },
    { lane: 'batch', rank: 2, waiting: 100, oldestAt: 0 },
  ],
};

test('ahead are those before it in its lane, all more urgent ones, and of its peers those that came earlier', () => {
  expect(ahead(table, job, { inLane: 2, now: 2_000 })).toEqual({ position: 2 + 3 + 5, etaMs: 5_500 });
});

test('nothing is said of time while nothing moves', () => {
  expect(ahead({ ...table, grantsPerSecond: 0 }, job, { inLane: 0, now: 2_000 }).etaMs).toBeNull();
  expect(ahead(undefined, job, { inLane: 4, now: 2_000 })).toEqual({ position: 4, etaMs: null });
});
