/** Operators, their proofs and their changes, on a real database. */
import { SluiceError } from '@sluice/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';
import { attemptRecord, declared, jobRecord, SAMPLE } from './sample.ts';

const options = { masterKey: new Uint8Array(32).fill(1), actor: 'file:test' };
let database: FreshDatabase;
let store: Store;
let environmentId: string;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openStore({ url: database.url, log: memoryLog() });
  await store.migrate();
  await store.reconcile(declared(SAMPLE), options);
  environmentId = (await store.readSnapshot()).environments[0]?.id ?? '';
});
afterAll(async () => {
  await store?.stop();
  await database?.drop();
});

const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'nothing', (error: unknown) => (error instanceof SluiceError ? error.code : String(error)));
const by = (more: { dryRun?: boolean } = {}) => ({ environmentId, actor: 'ada', dryRun: false, ...more });
const lastEvent = async () => (await store.admin.events({ environmentId, installation: true, actor: null, kind: null, name: null, before: null, limit: 1 }))[0];

describe('operators', () => {
  beforeEach(async () => { await database.query('delete from "user"'); await database.query('delete from sign_in_attempt'); });
  const admin = { name: 'ada', password: 'a long password' };
  const from = (address: string, password = admin.password, name = admin.name) => store.admin.signIn({ name, password, address });

  test('the first is made once, whoever else tries at the same time', async () => {
    const made = await Promise.all([1, 2, 3].map(() => store.admin.createFirstUser(admin)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await store.admin.createFirstUser({ ...admin, name: 'other' })).toBeNull();
    expect(await store.admin.users()).toMatchObject([{ name: 'ada', enabled: true, assignments: [{ role: 'admin', environment: null }] }]);
    expect(await lastEvent()).toMatchObject({ actor: 'start', action: 'created', kind: 'user', name: 'ada' });
  });

  test('a password opens a session that is stored as a hash, ends at sign-out, and is another each time', async () => {
    await store.admin.createFirstUser(admin);
    const [one, two] = [await from('a'), await from('a')];
    if (one.kind !== 'signed_in' || two.kind !== 'signed_in') throw new Error('not signed in');
    expect(one.session).not.toBe(two.session);
    const stored = JSON.stringify(await database.query('select * from session')) + JSON.stringify(await database.query('select * from "user"'));
    for (const secret of [one.session, two.session, admin.password]) expect(stored).not.toContain(secret);
    expect(stored).toContain('$argon2id$');
    expect(await store.admin.operatorOfSession(one.session)).toMatchObject({ name: 'ada' });
    await store.admin.signOut(one.session);
    expect(await store.admin.operatorOfSession(one.session)).toBeUndefined();
    expect(await store.admin.operatorOfSession(two.session)).toBeDefined();
    expect(await store.admin.operatorOfSession('guess')).toBeUndefined();
    await database.query("update session set seen_at = now() - interval '3 hours'");
    expect(await store.admin.operatorOfSession(two.session)).toBeUndefined();
  });

  test('wrong and unknown are refused alike, and too many attempts wait, by account and by address', async () => {
    await store.admin.createFirstUser(admin);
    expect([(await from('a', 'wrong')).kind, (await from('a', 'wrong', 'nobody')).kind]).toEqual(['refused', 'refused']);
    const guesses = await Promise.all(Array.from({ length: 14 }, (_, index) => from(`10.0.0.${index}`, 'wrong')));
    expect(guesses.filter(({ kind }) => kind === 'refused').length).toBe(9);
    const late = await from('10.0.1.1');
    expect(late).toMatchObject({ kind: 'too_many' });
    expect(late.kind === 'too_many' && late.retryAfterMs).toBeGreaterThan(60_000);
    await database.query("update sign_in_attempt set began_at = now() - interval '16 minutes'");
    expect((await from('10.0.1.1')).kind).toBe('signed_in');
    await database.query("insert into sign_in_attempt values ('address:one', now(), 50)");
    expect((await from('one')).kind).toBe('too_many');
  });

  test('a change of password, roles or state ends the sessions, and somebody is always left who may administer', async () => {
    await store.admin.createFirstUser(admin);
    const viewer = await store.admin.createUser({ name: 'vera', password: 'another long one', assignments: [{ role: 'viewer', environment: environmentId }] }, 'ada');
    expect(viewer.assignments).toEqual([{ role: 'viewer', environment: environmentId }]);
    expect(await codeOf(store.admin.createUser({ name: 'vera', password: 'x', assignments: [] }, 'ada'))).toBe('conflict');
    const session = await from('a', 'another long one', 'vera');
    await store.admin.changeUser({ name: 'vera', change: { enabled: false } }, 'ada');
    expect(session.kind === 'signed_in' && await store.admin.operatorOfSession(session.session)).toBeUndefined();
    expect((await from('a', 'another long one', 'vera')).kind).toBe('refused');
    for (const change of [{ enabled: false }, { assignments: [] }]) expect(await codeOf(store.admin.changeUser({ name: 'ada', change }, 'ada'))).toBe('conflict');
    expect(await codeOf(store.admin.deleteUser('ada', 'ada'))).toBe('conflict');
    expect(await codeOf(store.admin.deleteUser('nobody', 'ada'))).toBe('not_found');
    await store.admin.deleteUser('vera', 'ada');
    expect(JSON.stringify(await database.query('select * from admin_event'))).not.toContain('another long one');
  });

  test('a token stands for its user until it is deleted, over, or the user is disabled', async () => {
    const user = await store.admin.createFirstUser(admin);
    const userId = user?.id ?? '';
    const { id, token } = await store.admin.createToken({ userId, name: 'laptop', expiresAt: Date.now() + 60_000 });
    expect(token).toMatch(/^slo_/);
    expect(await codeOf(store.admin.createToken({ userId, name: 'laptop', expiresAt: Date.now() }))).toBe('conflict');
    expect(await store.admin.operatorOfToken(token)).toMatchObject({ name: 'ada', assignments: [{ role: 'admin' }] });
    expect(await store.admin.tokens(userId)).toMatchObject([{ name: 'laptop', lastUsedAt: expect.any(String) }]);
    expect(JSON.stringify(await database.query('select * from personal_token'))).not.toContain(token);
    await database.query("update personal_token set expires_at = now() - interval '1 second'");
    expect(await store.admin.operatorOfToken(token)).toBeUndefined();
    expect([await store.admin.deleteToken({ userId: 'other', id }), await store.admin.deleteToken({ userId, id }), await store.admin.deleteToken({ userId, id })]).toEqual([false, true, false]);
  });
});

describe('changes', () => {
  const connection = (more = '') => {
    const file = declared(`version: 1\nconnections:\n  - { name: own, provider: openai, credentials: { api_key: sk-secret-of-mine }, limits: [{ requests: 5, per: 60s }] ${more} }`);
    const [found] = file.connections;
    if (!found) throw new Error('nothing declared');
    return { declared: found, masterKey: options.masterKey };
  };
  const version = () => store.configurationVersion();
  const etag = async (name: string) => (await store.admin.configured(environmentId)).connection.find(({ row }) => row.name === name)?.etag ?? null;

  test('of the state are kept by a start, told as events, and nothing where nothing changes', async () => {
    const before = await version();
    const paused = await store.admin.setConnectionState({ ...by(), name: 'main' }, 'paused');
    expect(paused).toMatchObject({ action: 'paused', before: { state: 'enabled' }, after: { state: 'paused' }, version: before + 1 });
    await store.reconcile(declared(SAMPLE), options);
    const stateNow = async () => (await store.readSnapshot()).environments[0]?.connections.find(({ name }) => name === 'main')?.state;
    expect(await stateNow()).toBe('paused');
    expect((await store.admin.setConnectionState({ ...by(), name: 'main' }, 'paused')).version).toBe(before + 1);
    expect((await store.admin.setConnectionState({ ...by({ dryRun: true }), name: 'main' }, 'draining')).after).toMatchObject({ state: 'draining' });
    expect(await stateNow()).toBe('paused');
    await store.admin.setConnectionState({ ...by(), name: 'main' }, 'draining');
    expect(await stateNow()).toBe('draining');
    await store.admin.setConnectionState({ ...by(), name: 'main' }, 'enabled');
    expect([await stateNow(), (await lastEvent())?.action]).toEqual(['enabled', 'resumed']);
    expect(await codeOf(store.admin.setConnectionState({ ...by(), name: 'none' }, 'paused'))).toBe('not_found');
    expect(await codeOf(store.admin.setConnectionState({ ...by(), environmentId: 'env_other', name: 'main' }, 'paused'))).toBe('not_found');
  });

  test('of what a file declares are refused; of what operators made they need the state that was seen', async () => {
    const named = { ...by(), name: 'main', ifMatch: await etag('main') };
    expect(await codeOf(store.admin.changeConnection(named, connection()))).toBe('conflict');
    expect((await store.admin.createConnection(by({ dryRun: true }), connection())).action).toBe('created');
    expect(await etag('own')).toBeNull();
    await store.admin.createConnection(by(), connection());
    expect(await codeOf(store.admin.createConnection(by(), connection()))).toBe('conflict');
    const seen = await etag('own');
    const own = { ...by(), name: 'own', ifMatch: seen };
    const changed = await store.admin.changeConnection(own, connection(', headroom: strict'));
    expect([changed.etag !== seen, changed.etag]).toEqual([true, await etag('own')]);
    expect(await codeOf(store.admin.changeConnection(own, connection()))).toBe('precondition_failed');
    expect(await codeOf(store.admin.deleteConnection(own))).toBe('precondition_failed');
    // A start leaves alone what operators made.
    await store.reconcile(declared(SAMPLE), options);
    await store.admin.deleteConnection({ ...own, ifMatch: changed.etag });
    expect(await etag('own')).toBeNull();
    expect(JSON.stringify(await database.query('select * from admin_event'))).not.toContain('sk-secret-of-mine');
  });

  test('two at once: one wins, the other is told', async () => {
    await store.admin.createConnection(by(), connection());
    const asked = { ...by(), name: 'own', ifMatch: await etag('own') };
    const both = await Promise.all([codeOf(store.admin.changeConnection(asked, connection(', headroom: off'))), codeOf(store.admin.changeConnection(asked, connection(', headroom: strict')))]);
    expect(both.toSorted()).toEqual(['nothing', 'precondition_failed']);
    await store.admin.deleteConnection({ ...asked, ifMatch: null });
  });

  test('keys are made, rotated, disabled and deleted, and only their fingerprints are kept', async () => {
    const key = declared('version: 1\napi_keys: [{ name: mine, key: sk-first-secret-of-this-key, weight: 3 }]').apiKeys[0];
    if (!key) throw new Error('nothing declared');
    await store.admin.createKey(by(), key);
    const stored = async () => (await store.readSnapshot()).environments[0]?.apiKeys.find(({ name }) => name === 'mine');
    const first = await stored();
    const named = { ...by(), name: 'mine', ifMatch: null };
    await store.admin.rotateKey(named, 'sk-second-secret-of-this-key');
    const second = await stored();
    expect([second?.id, second?.weight, second?.hash !== first?.hash, second?.masked]).toEqual([first?.id, 3, true, 'sk-se…key']);
    await store.admin.changeKey(named, { ...key, weight: 5 });
    await store.admin.setKeyEnabled(named, false);
    expect(await stored()).toMatchObject({ enabled: false, weight: 5, hash: second?.hash });
    expect(await codeOf(store.admin.createKey(by(), { ...key, name: 'thief', key: 'sk-second-secret-of-this-key' }))).toBe('conflict');
    expect(await codeOf(store.admin.setKeyEnabled({ ...named, name: 'team' }, false))).toBe('conflict');
    await store.admin.deleteKey(named);
    expect(await stored()).toBeUndefined();
    expect(JSON.stringify(await database.query('select * from admin_event'))).not.toMatch(/sk-(first|second)-secret/);
  });

  test('shares of priorities stay within a whole', async () => {
    await database.query("update priority set managed = false where name = 'batch'");
    const named = { ...by(), name: 'batch', ifMatch: null };
    const { after } = await store.admin.changePriority(named, { reserved: 30 });
    expect(after).toMatchObject({ reserved: 30 });
    expect(await codeOf(store.admin.changePriority(named, { reserved: 31 }))).toBe('invalid_request');
    expect(await codeOf(store.admin.changePriority(named, { ceiling: 10 }))).toBe('invalid_request');
    expect(await codeOf(store.admin.changePriority({ ...named, name: 'urgent' }, { reserved: 1 }))).toBe('conflict');
  });

  test('a dry run of a file tells the same changes and makes none', async () => {
    const more = declared(`${SAMPLE}settings: { retention: 3d }`);
    const before = await version();
    const dry = await store.reconcile(more, { ...options, dryRun: true });
    expect([dry.changes.length > 0, await version()]).toEqual([true, before]);
    expect((await store.reconcile(more, options)).changes).toEqual(dry.changes);
  });
});

describe('reading', () => {
  test('finds jobs by what is known of them, newest first, in pages, in one environment', async () => {
    const at = Date.now() - 1_000;
    const jobs = Array.from({ length: 5 }, (_, index) => jobRecord(at + index, {
      environment: index === 4 ? 'env_other' : environmentId, tags: ['red'], state: index === 0 ? 'failed' : 'completed', errorCode: index === 0 ? 'provider_error' : null,
    }));
    await store.writeAudit(jobs);
    const all = { environment: environmentId, state: null, resource: null, connection: null, priority: null, apiKey: null, tag: null, correlationId: null, error: null, from: at - 1_000, to: at + 10_000, after: null, limit: 3 };
    const ids = async (more: Partial<typeof all> | Readonly<Record<string, unknown>>) => (await store.admin.searchJobs({ ...all, ...more })).map(({ id }) => jobs.findIndex(({ job }) => job === id));
    expect(await ids({})).toEqual([3, 2, 1]);
    expect(await ids({ after: jobs[1]?.job })).toEqual([0]);
    expect(await ids({ state: 'failed' })).toEqual([0]);
    expect(await ids({ error: 'ER_ERR' })).toEqual([0]);
    expect(await ids({ error: '%' })).toEqual([]);
    expect(await ids({ tag: 'red', connection: 'con_1', apiKey: 'key_1', priority: 'normal', limit: 1 })).toEqual([3]);
    expect(await ids({ tag: 'blue' })).toEqual([]);
    const found = (environment: string) => store.admin.findJob({ environment, id: jobs[0]?.job ?? '', createdAt: at });
    expect([(await found(environmentId))?.kept, await found('env_other')]).toEqual([false, undefined]);
    expect(await store.admin.useOfKeys(environmentId, at - 1_000)).toMatchObject([{ apiKey: 'key_1', jobs: 4, outputTokens: 2_000 }]);
  });

  test('tells usage by any dimension and interval', async () => {
    const at = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const rows = [0, 1, 2].map((index) => attemptRecord(at, { environment: environmentId, model: index === 2 ? 'other' : 'gpt-4o-mini', endedAt: at + index * 60_000 }));
    await store.writeMetrics([...rows, attemptRecord(at, { environment: 'env_other', endedAt: at })], new AbortController().signal);
    const question = { environment: environmentId, from: at, to: at + 3_600_000, by: [] as const, interval: null };
    expect(await store.admin.usage(question)).toMatchObject([{ at: null, group: {}, attempts: 3, completed: 3, inputTokens: 3_000 }]);
    expect(await store.admin.usage({ ...question, by: ['model'] })).toMatchObject([{ group: { model: 'gpt-4o-mini' }, attempts: 2 }, { group: { model: 'other' }, attempts: 1 }]);
    expect(await store.admin.usage({ ...question, by: ['model', 'priority'], interval: 'minute' })).toMatchObject([0, 1, 2].map((minute) => ({ at: at + minute * 60_000, attempts: 1 })));
    expect(await store.admin.usage({ ...question, from: 0, to: 1 })).toEqual([]);
  });
});
