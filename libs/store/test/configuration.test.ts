import type { Snapshot } from '@sluice/domain';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openStore, startConfiguration, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';
import { declared, SAMPLE } from './sample.ts';
import { openWire, type Wire } from '@sluice/testkit';

const options = { masterKey: new Uint8Array(32).fill(1), actor: 'file:test' };
/** So long that only what a test asks for happens. */
const NEVER_MS = 3_600_000;
let database: FreshDatabase;
let wire: Wire;
let writer: Store;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  wire = await openWire(database.url);
  writer = await openStore({ url: database.url, log: memoryLog() });
  await writer.migrate();
  await writer.reconcile(declared(SAMPLE), options);
  store = await openStore({ url: wire.url, log: memoryLog() });
});
afterAll(async () => {
  await writer.stop();
  await store.stop();
  await wire.cut();
  await database.drop();
});

const retention = async (days: number) => {
  await writer.reconcile(declared(`${SAMPLE}settings: { retention: ${days}d }`), options);
};
const days = (snapshot: Snapshot | undefined) => (snapshot?.environments[0]?.settings.retentionMs ?? 0) / 86_400_000;

test('it begins with what is configured, and a refresh brings what has changed', async () => {
  const seen: Snapshot[] = [];
  const onChange = (next: Snapshot) => void seen.push(next);
  const configuration = await startConfiguration({ store, log: memoryLog(), pollMs: NEVER_MS, onChange });
  expect(days(configuration.snapshot())).toBe(30);
  expect(seen).toEqual([]);
  await configuration.refresh();
  expect(seen).toEqual([]);
  await retention(31);
  // Told by several at once: one change all the same.
  await Promise.all([configuration.refresh(), configuration.refresh(), configuration.refresh()]);
  expect(days(configuration.snapshot())).toBe(31);
  expect(seen).toEqual([configuration.snapshot()]);
  await configuration.stop();
  await retention(32);
  await configuration.refresh();
  expect(days(configuration.snapshot())).toBe(31);
});

test('without being told it notices by polling', async () => {
  const seen: Snapshot[] = [];
  const configuration = await startConfiguration({ store, log: memoryLog(), pollMs: 10, onChange: (next) => seen.push(next) });
  await retention(33);
  await vi.waitFor(() => expect(days(seen.at(-1))).toBe(33), { timeout: 5_000 });
  await configuration.stop();
  await configuration.stop();
});

test('while Postgres is away the last one stays in force, and it says so once', async () => {
  const log = memoryLog();
  const configuration = await startConfiguration({ store, log, pollMs: 10 });
  await wire.cut();
  await vi.waitFor(() => expect(log.lines.some((line) => line.startsWith('warn configuration'))).toBe(true), { timeout: 5_000 });
  await configuration.refresh();
  await configuration.refresh();
  expect(days(configuration.snapshot())).toBe(33);
  await retention(34);
  await wire.mend();
  await vi.waitFor(() => expect(days(configuration.snapshot())).toBe(34), { timeout: 5_000 });
  expect(log.lines.filter((line) => line.includes('configuration'))).toEqual([
    'warn configuration cannot be read: the last one stays in force',
    'info configuration changed',
    'info configuration can be read again',
  ]);
  await configuration.stop();
});

test('a stored configuration that this release does not understand leaves the last one in force', async () => {
  const log = memoryLog();
  const configuration = await startConfiguration({ store, log, pollMs: NEVER_MS });
  await database.query(`update connection set capacity = capacity || '{"headroom": "psychic"}' where name = 'main'`);
  await database.query('update configuration_version set version = version + 1');
  await configuration.refresh();
  expect(configuration.snapshot().environments[0]?.connections.find(({ name }) => name === 'main')?.headroom).toBe('adaptive');
  expect(log.text()).toContain('environments.0.connections.0.headroom');
  await expect(startConfiguration({ store, log: memoryLog() })).rejects.toThrow('not one this release understands');
  await configuration.stop();
});
