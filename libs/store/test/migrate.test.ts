import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';

let database: FreshDatabase;
const stores: Store[] = [];

beforeAll(async () => { database = await freshDatabase(); });
afterAll(async () => {
  for (const store of stores) await store.stop();
  await database.drop();
});

test('four processes that start at once migrate once', async () => {
  for (let count = 0; count < 4; count += 1) stores.push(await openStore({ url: database.url, log: memoryLog(), poolSize: 2 }));
  const applied = await Promise.all(stores.map((store) => store.migrate()));
  const names = ['0001-configuration', '0002-audit', '0003-model-price', '0004-metric-attempt', '0005-job', '0006-webhook', '0007-file', '0008-batch', '0009-operator', '0010-budget'];
  expect(applied.flat().sort()).toEqual(names);
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  expect(await stores[0]?.readSnapshot()).toEqual({ version: 0, environments: [] });
});

test('a database that is up to date is left alone', async () => {
  expect(await stores[1]?.migrate()).toEqual([]);
});

test('this release starts beside a newer one that has migrated further', async () => {
  await database.query(`insert into migration (name, timestamp) values ('9999-of-a-newer-release', '2030-01-01')`);
  expect(await stores[2]?.migrate()).toEqual([]);
  expect(await stores[2]?.configurationVersion()).toBe(0);
});

test('a database that was never migrated is said to be so', async () => {
  const empty = await freshDatabase();
  const store = await openStore({ url: empty.url, log: memoryLog() });
  await expect(store.configurationVersion()).rejects.toThrow('configuration_version');
  await store.stop();
  await empty.drop();
});

test('a migration that cannot run is named, and nothing of it stays', async () => {
  const taken = await freshDatabase();
  await taken.query('create table audit_attempt (mine integer)');
  const store = await openStore({ url: taken.url, log: memoryLog() });
  await expect(store.migrate()).rejects.toThrow('0002-audit failed');
  expect(await taken.query(`select to_regclass('audit') as audit, to_regclass('connection') as connection`))
    .toEqual([{ audit: null, connection: null }]);
  await store.stop();
  await taken.drop();
});

test('a value of the installation is fixed by whoever comes first', async () => {
  const answers = await Promise.all(stores.map((store, index) => store.fixInstallationValue('shards', String(index))));
  expect(new Set(answers).size).toBe(1);
  expect(await stores[3]?.fixInstallationValue('shards', '99')).toBe(answers[0]);
});
