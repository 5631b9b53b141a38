import { newWebhookSecret } from '@sluice/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCredentials, openStore, type Reconciled, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';
import { declared, SAMPLE, SECRETS } from './sample.ts';

const masterKey = new Uint8Array(32).fill(7);
const options = { masterKey, actor: 'file:test' };
let database: FreshDatabase;
let store: Store;

beforeEach(async () => {
  database = await freshDatabase();
  store = await openStore({ url: database.url, log: memoryLog() });
  await store.migrate();
});
afterEach(async () => {
  await store.stop();
  await database.drop();
});

const told = ({ changes }: Reconciled) => changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
const rowsOf = (table: string) => database.query(`select * from ${table} order by 1, 2, 3`);

test('what the file declares is what the snapshot says', async () => {
  const file = declared(SAMPLE);
  expect((await store.reconcile(file, options)).version).toBe(1);
  const snapshot = await store.readSnapshot();
  expect(snapshot.version).toBe(1);
  const [environment] = snapshot.environments;
  if (!environment || snapshot.environments.length > 1) throw new Error('expected one environment');
  expect(environment).toMatchObject({ workspace: 'default', name: 'default', settings: file.settings });
  expect(environment.priorities).toEqual(file.priorities);
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(environment.connections.map(({ id, sealedCredentials, state, ...rest }) => {
    expect(id).toMatch(/^con_[0-9a-f]{16}$/);
    expect(state).toBe('enabled');
    return { ...rest, credentials: openCredentials({ id, sealedCredentials }, masterKey) };
  })).toEqual(file.connections.toSorted(byName));
  // In the order of the file, not of the alphabet: the first is listed first.
  expect(environment.resources.map(({ id, ...rest }) => rest)).toEqual(file.resources);
  expect(environment.apiKeys.map(({ id, hash, masked, ...rest }) => rest))
    .toEqual(file.apiKeys.map(({ key, ...rest }) => rest).toSorted(byName));
  expect(environment.apiKeys.map(({ masked }) => masked)).toEqual(['sk-…', 'sk-pl…ong']);
});

test('a second run finds nothing to do, seals nothing anew and leaves the version', async () => {
  await store.reconcile(declared(SAMPLE), options);
  const before = await rowsOf('connection');
  expect(await store.reconcile(declared(SAMPLE), options)).toEqual({ changes: [], version: 1 });
  expect(await rowsOf('connection')).toEqual(before);
  expect(await rowsOf('admin_event')).toHaveLength(1 + 3 + 3 + 2 + 2);
});

test('each change is told, recorded with its actor, and raises the version once', async () => {
  await store.reconcile(declared(SAMPLE), options);
  const ids = new Map((await store.readSnapshot()).environments[0]?.connections.map(({ name, id }) => [name, id]));
  const text = SAMPLE
    .replace('requests: 600', 'requests: 700')
    .replace(/ {2}- { name: open.*\n/, '  - { name: fresh, provider: mistral }\n')
    .replace('connection: open', 'connection: fresh')
    .replace(/ {2}- { name: guest.*\n/, '')
    .concat('settings: { capture: full }\n');
  const result = await store.reconcile(declared(text), { ...options, actor: 'file:changed' });
  expect(told(result)).toEqual([
    'updated environment default', 'deleted connection open', 'updated connection main', 'created connection fresh',
    'updated resource a-first', 'deleted api_key guest',
  ]);
  expect(result.version).toBe(2);
  const main = result.changes.find(({ name }) => name === 'main');
  expect(main?.before).toMatchObject({ capacity: { limits: [{ amount: 600 }, {}, {}] } });
  expect(main?.after).toMatchObject({ capacity: { limits: [{ amount: 700 }, {}, {}] } });
  const events = await database.query<{ action: string; before: unknown; after: unknown }>(
    `select action, kind, name, before, after from admin_event where actor = 'file:changed' order by id`);
  expect(events).toEqual(result.changes.map(({ action, kind, name, before, after }) => ({ action, kind, name, before, after })));
  const snapshot = await store.readSnapshot();
  expect(snapshot.environments[0]?.settings.capture).toBe('full');
  expect(snapshot.environments[0]?.connections.map(({ name }) => name).sort()).toEqual(['fresh', 'main', 'other']);
  for (const { name, id } of snapshot.environments[0]?.connections ?? []) if (name !== 'fresh') expect(id).toBe(ids.get(name));
});

test('a changed credential is sealed anew and shown only as a change', async () => {
  await store.reconcile(declared(SAMPLE), options);
  const result = await store.reconcile(declared(SAMPLE, { ...SECRETS, MAIN_KEY: 'sk-planted-rotated' }), options);
  expect(told(result)).toEqual(['updated connection main']);
  expect(result.changes[0]?.before?.['sealed_credentials']).not.toEqual(result.changes[0]?.after?.['sealed_credentials']);
  expect(JSON.stringify(result)).not.toMatch(/planted|s1\./);
  const [main] = (await store.readSnapshot()).environments[0]?.connections.filter(({ name }) => name === 'main') ?? [];
  expect(main && openCredentials(main, masterKey)).toEqual({ api_key: 'sk-planted-rotated' });
});

test('under another master key everything sealed is sealed anew', async () => {
  await store.reconcile(declared(SAMPLE), options);
  const other = new Uint8Array(32).fill(8);
  expect(told(await store.reconcile(declared(SAMPLE), { ...options, masterKey: other })))
    .toEqual(['updated connection main', 'updated connection other']);
  for (const connection of (await store.readSnapshot()).environments[0]?.connections ?? []) openCredentials(connection, other);
});

test('a thing that comes back has the id it had', async () => {
  await store.reconcile(declared(SAMPLE), options);
  const before = await store.readSnapshot();
  await store.reconcile(declared('version: 1'), options);
  expect((await store.readSnapshot()).environments[0]).toMatchObject({ connections: [], resources: [], apiKeys: [] });
  await store.reconcile(declared(SAMPLE), options);
  const ids = ({ environments }: typeof before) => environments.flatMap((each) =>
    [...each.connections, ...each.resources, ...each.apiKeys].map(({ id }) => id));
  expect(ids(await store.readSnapshot())).toEqual(ids(before));
});

test("what the file never declared, and an operator's pause, stay as they are", async () => {
  await store.reconcile(declared(SAMPLE), options);
  await database.query(`insert into connection (id, environment_id, name, provider, base_url, capacity, managed)
    select 'con_operator', environment_id, 'by-hand', provider, base_url, capacity, false from connection where name = 'main'`);
  await database.query(`update connection set state = 'paused' where name = 'other'`);
  await store.reconcile(declared(SAMPLE.replace('headroom: strict', 'headroom: off')), options);
  const connections = (await store.readSnapshot()).environments[0]?.connections ?? [];
  expect(connections.map(({ name, state, headroom }) => `${name} ${state} ${headroom}`).sort())
    .toEqual(['by-hand enabled adaptive', 'main enabled adaptive', 'open enabled adaptive', 'other paused off']);
});

test('two keys may change places, and priorities their rank', async () => {
  const file = (a: string, b: string, order: readonly string[]) => declared(`version: 1
priorities: [${order.map((name) => `{ name: ${name} }`).join(', ')}]
api_keys: [{ name: a, key: ${a} }, { name: b, key: ${b} }]`);
  await store.reconcile(file('sk-aaaaaaa', 'sk-bbbbbbb', ['x', 'y']), options);
  const hashes = async () => (await store.readSnapshot()).environments[0]?.apiKeys.map(({ hash }) => hash);
  const before = await hashes();
  await store.reconcile(file('sk-bbbbbbb', 'sk-aaaaaaa', ['y', 'x']), options);
  expect(await hashes()).toEqual(before?.toReversed());
  expect((await store.readSnapshot()).environments[0]?.priorities.map(({ name }) => name)).toEqual(['y', 'x']);
});

test('an error leaves everything as it was', async () => {
  await store.reconcile(declared(SAMPLE), options);
  const before = await store.readSnapshot();
  const clash = declared(SAMPLE.replace('version: 1', 'version: 1\nenvironment: second').replace('requests: 600', 'requests: 1'));
  await expect(store.reconcile(clash, options)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await store.readSnapshot()).toEqual(before);
  expect(await database.query(`select 1 from environment where name = 'second'`)).toEqual([]);
  expect(await database.query(`select 1 from admin_event where name = 'second'`)).toEqual([]);
});

test('processes that reconcile the same file at once do it once', async () => {
  const stores = await Promise.all([1, 2, 3].map(() => openStore({ url: database.url, log: memoryLog(), poolSize: 1 })));
  const results = await Promise.all([store, ...stores].map((each) => each.reconcile(declared(SAMPLE), options)));
  expect(results.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
  expect(results.filter(({ changes }) => changes.length > 0)).toHaveLength(1);
  for (const each of stores) await each.stop();
});

test('no secret is in any column of any table in clear', async () => {
  await store.reconcile(declared(SAMPLE), options);
  await store.reconcile(declared(SAMPLE, { ...SECRETS, TEAM_KEY: 'sk-planted-team-key-0004-new!' }), options);
  const tables = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`);
  const dump: string[] = [];
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`select row_to_json(t)::text as row from "${name}" t`);
    dump.push(...rows.map(({ row }) => row));
  }
  expect(dump.length).toBeGreaterThan(20);
  expect(dump.join('\n')).not.toMatch(/planted|guest-key/);
});

test('webhook endpoints and secrets are what the file says, and a secret that changes leaves the one before in force', async () => {
  const text = (secret: string, endpoints: string) => `${SAMPLE}webhooks:\n  secret: ${secret}\n  endpoints:\n${endpoints}`;
  const [one, two] = [newWebhookSecret(), newWebhookSecret()];
  const endpoint = (name: string, secret: string, url = 'https://hooks.example.com/') => `    - { name: ${name}, url: "${url}", secret: ${secret}, events: [job.failed] }\n`;
  const rows = () => database.query<{ name: string; url: string; events: string[]; previous: boolean }>(
    'select name, url, events, previous_secret is not null as previous from webhook_endpoint order by name',
  );
  const reconcile = async (yaml: string) => (await store.reconcile(declared(yaml), options)).changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
  expect(await reconcile(text(one, endpoint('a', one) + endpoint('b', one)))).toEqual(expect.arrayContaining(['updated environment default', 'created webhook_endpoint a', 'created webhook_endpoint b']));
  expect(await reconcile(text(one, endpoint('a', one) + endpoint('b', one)))).toEqual([]);
  expect(await reconcile(text(one, endpoint('a', two, 'https://elsewhere.example.com/')))).toEqual(['deleted webhook_endpoint b', 'updated webhook_endpoint a']);
  expect(await rows()).toEqual([{ name: 'a', url: 'https://elsewhere.example.com/', events: ['job.failed'], previous: true }]);
  expect(JSON.stringify(await database.query('select * from admin_event'))).not.toContain(one.slice(6));
});
