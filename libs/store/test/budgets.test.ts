/** Long limits, charged by several at once on the real Postgres. */
import type { Limit } from '@sluice/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../src/index.ts';
import { freshDatabase, type FreshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = await openStore({ url: database.url, log: memoryLog() });
  await store.migrate();
});
afterAll(async () => {
  await store.stop();
  await database.drop();
});

const HOUR_MS = 3_600_000;
const NOW = 1_790_000_000_000;
const hourly: Limit = { dimension: 'requests', amount: 100, windowMs: HOUR_MS, window: 'sliding' };
const charge = (limit: string, wanted: number, now = NOW, of = hourly) => store.budgets.charge({ limit, of, wanted, now });
const chargedTo = async (limit: string, now = NOW): Promise<number> =>
  ((await store.budgets.slices([limit], now)).get(limit) ?? []).reduce((sum, { charged }) => sum + charged, 0);

test('many that charge at once never charge more than the limit, and all of it', async () => {
  const got = await Promise.all(Array.from({ length: 20 }, () => charge('key:a|requests', 7)));
  expect(got.reduce((sum, one) => sum + one, 0)).toBe(100);
  expect(await chargedTo('key:a|requests')).toBe(100);
  expect(await charge('key:a|requests', 1)).toBe(0);
});

test('what was not spent is given back, and what has left the window counts no more', async () => {
  expect(await charge('key:b|requests', 60)).toBe(60);
  expect(await charge('key:b|requests', 60, NOW + HOUR_MS / 2)).toBe(40);
  expect(await charge('key:b|requests', -10, NOW + HOUR_MS / 2)).toBe(-10);
  expect(await chargedTo('key:b|requests', NOW + HOUR_MS / 2)).toBe(90);
  expect(await chargedTo('key:b|requests', NOW + 1.2 * HOUR_MS)).toBe(40);
  expect(await charge('key:b|requests', 100, NOW + 1.2 * HOUR_MS)).toBe(60);
});

test('a refund of an earlier aligned window is not taken off a young one', async () => {
  const aligned: Limit = { ...hourly, window: 'fixed' };
  const begins = Math.ceil(NOW / HOUR_MS) * HOUR_MS;
  expect(await charge('key:c|requests', 50, begins - 1_000, aligned)).toBe(50);
  expect(await charge('key:c|requests', 30, begins + 1_000, aligned)).toBe(30);
  expect(await charge('key:c|requests', -50, begins + 2_000, aligned)).toBe(-50);
  expect(await chargedTo('key:c|requests', begins + 2_000)).toBe(30);
  expect(await charge('key:c|requests', -10, begins + HOUR_MS / 2, aligned)).toBe(-10);
  expect(await chargedTo('key:c|requests', begins + HOUR_MS / 2)).toBe(20);
});

test('a call larger than the limit is charged when nothing else is', async () => {
  expect(await charge('key:d|requests', 250)).toBe(250);
  expect(await charge('key:d|requests', 1)).toBe(0);
});
