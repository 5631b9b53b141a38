import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDatabase } from '../src/database.ts';
import { openStore, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';
import { declared, jobRecord, SAMPLE } from './sample.ts';
import { openWire, type Wire } from '@sluice/testkit';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const options = { masterKey: new Uint8Array(32).fill(1), actor: 'file:test' };
const log = memoryLog();
let database: FreshDatabase;
let wire: Wire;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  wire = await openWire(database.url);
  store = await openStore({ url: wire.url, log });
  await store.migrate();
});
afterAll(async () => {
  await store.stop();
  await wire.cut();
  await database.drop();
});

test('while Postgres is away each verb rejects, and afterwards each works again', async () => {
  await store.writeAudit([jobRecord(NOON)]);
  await wire.cut();
  const record = jobRecord(NOON + 1);
  const verbs = [store.ping(), store.readSnapshot(), store.writeAudit([record]), store.reconcile(declared(SAMPLE), options)];
  expect((await Promise.allSettled(verbs)).map(({ status }) => status)).toEqual(verbs.map(() => 'rejected'));
  await wire.mend();
  await store.ping();
  await store.writeAudit([record]);
  expect(await database.query('select 1 from audit')).toHaveLength(2);
});

test('a session that ends in the middle of a change takes back the change and nothing else', async () => {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select version from configuration_version for update');
  const reconciled = Promise.allSettled([store.reconcile(declared(SAMPLE), options)]);
  const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await vi.waitFor(async () => expect(await database.query(waiting)).toHaveLength(1), { timeout: 5_000 });
  await database.query(`select pg_terminate_backend(pid) from (${waiting}) waiting`);
  expect(await reconciled).toMatchObject([{ status: 'rejected' }]);
  await holder.end();
  expect(await store.reconcile(declared(SAMPLE), options)).toMatchObject({ version: 1 });
  expect(log.text()).not.toMatch(/planted/);
});

test('a session that ends between two statements of its user ends nothing else', async () => {
  const quiet = memoryLog();
  const db = openDatabase(database.url, 1, quiet);
  await db.connection().execute(async (connection) => {
    const { rows: [session] } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection);
    await database.query('select pg_terminate_backend($1)', [session?.pid]);
    await vi.waitFor(() => expect(quiet.lines).toEqual(['warn a connection to Postgres was lost']), { timeout: 5_000 });
    await expect(sql`select 1`.execute(connection)).rejects.toThrow();
  });
  await sql`select 1`.execute(db);
  await db.destroy();
});

test('a server that answers nothing is not waited for', async () => {
  wire.deafen();
  const began = performance.now();
  await expect(store.ping()).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(7_000);
  await wire.cut();
  await wire.mend();
  await store.ping();
});

test('a store is not opened on a server that is not there', async () => {
  await wire.cut();
  await expect(openStore({ url: wire.url, log })).rejects.toThrow('ECONNREFUSED');
  await wire.mend();
});
