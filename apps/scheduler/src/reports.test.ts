import type { Granted, Settlement } from '@sluice/queue';
import { expect, test } from 'vitest';
import { eventsOf } from './reports.ts';

const granted: Granted = {
  v: 1, j: 'job_1', a: 1, r: 0, m: 'm', i: 100, o: 10, x: 0, n: 400, t: 1, s: 2, b: 0, l: 'lane~con_1~0~urgent~t~1', c: 'con_1', g: 7, ga: 1, sb: 2, e: 0, sc: 1,
};
const settlement: Settlement = { kind: 'sent', arrivedAt: 5, endedAt: 9, inputTokens: 90, outputTokens: 8, cooldownUntil: null };

test('input that the provider read from its cache and does not count is given back', () => {
  const settled = (more: Partial<Settlement> = {}) => eventsOf({ kind: 'settled', grant: 7, settlement: { ...settlement, ...more } as Settlement }, granted, undefined);
  expect(settled()).toMatchObject([{ kind: 'settled', inputTokens: 90, outputTokens: 8 }]);
  expect(settled({ uncountedInput: 60 })).toMatchObject([{ kind: 'settled', inputTokens: 30, outputTokens: 8 }]);
});

test('a permit counts against the scopes of its ticket, and that of its connection', () => {
  const [settled] = eventsOf({ kind: 'settled', grant: 7, settlement }, { ...granted, k: ['key:a'] }, 'connection:con_1');
  expect(settled).toMatchObject({ reservation: { scopes: ['key:a', 'connection:con_1'] } });
});
