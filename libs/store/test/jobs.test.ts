import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type End, END_SEQ, type FinalJob, type Frame, type Job, newJobId } from '@sluice/domain';
import { type KeptJobs, type NewJob, openStore, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';
import { jobRecord } from './sample.ts';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const DAY_MS = 86_400_000;
let database: FreshDatabase;
let store: Store;
let jobs: KeptJobs;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openStore({ url: database.url, log: memoryLog() });
  await store.migrate();
  jobs = store.jobs;
});
afterAll(async () => {
  await store.stop();
  await database.drop();
});
beforeEach(async () => { await database.query('truncate job, idempotency, audit_attempt'); });

function jobOf(set: Partial<Job> = {}): Job {
  const id = newJobId(NOON);
  return {
    v: 1, id, workspace: 'w', environment: 'env_1', apiKey: 'key_1', tenant: 'key_1', weight: 1, resource: 'fast', priority: 'normal', rank: 1,
    endpoint: 'chat', mode: 'async', stream: false, resumable: true, kept: { generation: 0 },
    routes: [{ connection: 'con_1', name: 'main', provider: 'openai', model: 'gpt-4o-mini' }], onUnsupported: 'refuse',
    createdAt: NOON, startBy: NOON + DAY_MS, deadline: NOON + DAY_MS, estimate: { inputTokens: 1, outputTokens: 1, maximumOutputTokens: null },
    bodyBytes: 7, fingerprint: 'f', correlationId: null, tags: [], metadata: {}, capture: 'metadata', ...set,
  };
}

const newJob = (set: Partial<Job> = {}, more: Partial<NewJob> = {}): NewJob =>
  ({ job: jobOf(set), body: Buffer.from('{"a":1}'), webhook: null, reply: '', idempotencyKey: null, ...more });

const HEAD = { status: 200, contentType: 'application/json', attempt: 1, route: 0, queueMs: 5, upstreamRequestId: null, warnings: [] };

function finalOf(job: Job, set: Partial<End> = {}, pieces: readonly string[] = ['{"id":"answer-1"}']): FinalJob {
  const base = (job.kept?.generation ?? 0) * 2 ** 32;
  const state = set.state ?? 'completed';
  const frames: readonly Frame[] = state === 'completed'
    ? [{ job: job.id, seq: base + 1, kind: 'head', data: Buffer.from(JSON.stringify(HEAD)) }, ...pieces.map((text, index) => ({ job: job.id, seq: base + 2 + index, kind: 'data' as const, data: Buffer.from(text) }))]
    : [];
  const end: End = { state, last: frames.at(-1)?.seq ?? base, attempts: 1, usage: null, error: null, route: 0, queueMs: 5, ...set };
  return { job, end, frames, record: jobRecord(NOON, { job: job.id, state, mode: 'async' }) };
}

const error = (code: 'provider_error' | 'invalid_request' | 'queue_timeout') => ({ code, message: 'm', param: null, retryAfterMs: null, provider: null });
const accepted = async (given: NewJob): Promise<Job> => {
  expect(await jobs.accept(given)).toEqual({ kind: 'accepted' });
  return given.job;
};
const ask = (feed: string, set: object = {}) => ({ feed, after: '', jobs: 100, bytes: 1_000_000, ...set });

test('an accepted job can be read by its own environment only, byte for byte', async () => {
  const body = Buffer.from([0x7b, 0x00, 0xff, 0x7d]);
  const job = await accepted(newJob({ tags: ['a b', '"'], correlationId: 'c' }, { body, webhook: { url: 'https://x.example', events: null, inlineResult: false } }));
  expect(await jobs.find('env_1', job.id)).toMatchObject({ job, state: 'queued', webhook: { url: 'https://x.example', events: null }, end: null, endedAt: null });
  expect(await jobs.find('env_2', job.id)).toBeUndefined();
  expect(await jobs.find('env_1', newJobId(NOON))).toBeUndefined();
  expect(await jobs.find('env_1', 'job_nonsense')).toBeUndefined();
  const [feed = ''] = await jobs.waitingFeeds(NOON);
  expect((await jobs.take([ask(feed)], NOON))[0]).toEqual({ feed, job, body, reply: '' });
});

test('jobs of one moment share a statement, and each gets its own answer', async () => {
  const many = Array.from({ length: 300 }, (_, index) => newJob({}, { idempotencyKey: index % 3 === 0 ? `key ${index % 2}` : null }));
  const answers = await Promise.all(many.map((each) => jobs.accept(each)));
  expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(200 + 2);
  expect(await database.query('select id from job')).toHaveLength(202);
  expect(new Set(answers.flatMap((answer) => (answer.kind === 'same' ? [answer.job] : []))).size).toBe(2);
});

test('the same request under the same key is the same job, another is a conflict, another key or caller is neither', async () => {
  const first = await accepted(newJob({}, { idempotencyKey: 'k' }));
  expect(await jobs.accept(newJob({}, { idempotencyKey: 'k' }))).toEqual({ kind: 'same', job: first.id });
  expect(await jobs.accept(newJob({ fingerprint: 'other' }, { idempotencyKey: 'k' }))).toEqual({ kind: 'conflict' });
  await accepted(newJob({ apiKey: 'key_2' }, { idempotencyKey: 'k' }));
  await accepted(newJob({}, { idempotencyKey: 'l' }));
});

test('of two stores that use keys in different orders at once, one wins each', async () => {
  const other = await openStore({ url: database.url, log: memoryLog() });
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  const ours = keys.map((key) => newJob({}, { idempotencyKey: key }));
  const theirs = keys.toReversed().map((key) => newJob({}, { idempotencyKey: key }));
  const answers = await Promise.all([...ours.map((each) => jobs.accept(each)), ...theirs.map((each) => other.jobs.accept(each))]);
  expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(keys.length);
  expect(answers.filter(({ kind }) => kind === 'same')).toHaveLength(keys.length);
  await other.stop();
});

test('a key is kept for a day', async () => {
  await accepted(newJob({}, { idempotencyKey: 'old' }));
  await database.query("update idempotency set created_at = now() - interval '25 hours'");
  await accepted(newJob({ fingerprint: 'other' }, { idempotencyKey: 'old' }));
});

test.each([
  ['completed', null, 'same'], ['failed', error('invalid_request'), 'same'], ['failed', error('provider_error'), 'accepted'],
  ['expired', error('queue_timeout'), 'accepted'], ['cancelled', null, 'accepted'],
] as const)('a job that ended as %s (%o) leaves its key so that the next is %s', async (state, why, kind) => {
  const job = await accepted(newJob({}, { idempotencyKey: 'k' }));
  await jobs.finish(finalOf(job, { state, error: why }), null);
  expect((await jobs.accept(newJob({}, { idempotencyKey: 'k' }))).kind).toBe(kind);
});

test('the first end stands, whoever brings another and however often, also in one moment', async () => {
  const job = await accepted(newJob());
  const [won, lost] = [finalOf(job), finalOf(job, { state: 'cancelled' })];
  const [first, second] = await Promise.all([jobs.finish(won, 'answer-1'), jobs.finish(lost, null)]);
  expect([first, second]).toEqual([{ first: true, end: won.end }, { first: false, end: won.end }]);
  expect(await jobs.finish(lost, null)).toEqual({ first: false, end: won.end });
  expect(await jobs.find('env_1', job.id)).toMatchObject({ state: 'completed', answerId: 'answer-1', head: HEAD, end: won.end, endedAt: NOON + 1_234 });
  expect((await jobs.find('env_1', job.id))?.cost).toBeCloseTo(0.000435, 12);
  expect(await database.query('select body from job')).toEqual([{ body: null }]);
});

test('an end of a job that is not there stands, and changes nothing', async () => {
  const final = finalOf(jobOf());
  expect(await jobs.finish(final, null)).toEqual({ first: false, end: final.end });
  expect(await database.query('select 1 from job')).toEqual([]);
});

test('stored frames are those that were published, with their numbers', async () => {
  const job = await accepted(newJob({ kept: { generation: 0 } }));
  const final = finalOf({ ...job, kept: { generation: 2 } }, {}, ['data: é\n\n', '', 'data: [DONE]\n\n']);
  await jobs.finish(final, null);
  expect(await jobs.frames(job.id, 0)).toEqual(final.frames);
  expect(await jobs.frames(job.id, 2 * 2 ** 32 + 3)).toEqual(final.frames.slice(3));
  expect(await jobs.frames(newJobId(NOON), 0)).toEqual([]);
  expect(final.frames.every(({ seq }) => seq < END_SEQ)).toBe(true);
});

test('feeds are told once each, and their rows in order of id from the cursor, bounded by number and bytes', async () => {
  const one = await Promise.all(Array.from({ length: 5 }, () => accepted(newJob({ bodyBytes: 10 }))));
  const two = await Promise.all(Array.from({ length: 2 }, () => accepted(newJob({ tenant: 'other', createdAt: NOON + 1 }))));
  const ids = one.map(({ id }) => id).sort();
  const feeds = await jobs.waitingFeeds(NOON);
  expect(feeds).toHaveLength(2);
  const [mine = '', others = ''] = feeds;
  const taken = async (set: object) => (await jobs.take([ask(mine, set)], NOON)).map(({ job }) => job.id);
  expect(await taken({ jobs: 3 })).toEqual(ids.slice(0, 3));
  expect(await taken({ after: ids[1] })).toEqual(ids.slice(2));
  expect(await taken({ bytes: 15 })).toEqual(ids.slice(0, 2));
  expect(await taken({ bytes: 0 })).toEqual(ids.slice(0, 1));
  expect(await jobs.take([ask(mine), ask(others)], NOON)).toHaveLength(5 + two.length);
});

test('what is marked is in lanes, what became final meanwhile is told, and neither waits any more', async () => {
  const [a, b, c] = await Promise.all([accepted(newJob()), accepted(newJob()), accepted(newJob())]);
  await jobs.finish(finalOf(b, { state: 'cancelled' }), null);
  expect(await jobs.markEnqueued([a.id, b.id], 'e1')).toEqual(new Set([a.id]));
  expect(await jobs.inLanes(NOON)).toMatchObject([{ jobs: 1, bytes: 7 }]);
  const [feed = ''] = await jobs.waitingFeeds(NOON);
  expect((await jobs.take([ask(feed)], NOON)).map(({ job }) => job.id)).toEqual([c.id]);
});

test('what another epoch holds is taken back, what was lost as its next generation', async () => {
  const [lost, held, current] = await Promise.all([accepted(newJob()), accepted(newJob()), accepted(newJob())]);
  await jobs.markEnqueued([lost.id, held.id], 'e1');
  await jobs.markEnqueued([current.id], 'e2');
  const question = { epoch: 'e2', after: '', limit: 10 };
  expect(await jobs.enqueued({ ...question, which: 'others' }, NOON)).toEqual([lost.id, held.id].sort());
  expect(await jobs.enqueued({ ...question, which: 'this' }, NOON)).toEqual([current.id]);
  await jobs.takeBack({ lost: [lost.id], held: [held.id] });
  expect(await jobs.enqueued({ ...question, which: 'others' }, NOON)).toEqual([]);
  const [feed = ''] = await jobs.waitingFeeds(NOON);
  const taken = await jobs.take([ask(feed)], NOON);
  expect(new Map(taken.map(({ job }) => [job.id, job.kept?.generation]))).toEqual(new Map([[lost.id, 1], [held.id, 0]]));
});

test('unfinished jobs past their deadline are found, final ones and later ones not', async () => {
  const [due, done] = await Promise.all([accepted(newJob({ deadline: NOON + 1_000 })), accepted(newJob({ deadline: NOON + 1_000 })), accepted(newJob())]);
  await jobs.finish(finalOf(done), null);
  expect((await jobs.overdue(NOON + 2_000, 10)).map(({ id }) => id)).toEqual([due.id]);
  expect(await jobs.overdue(NOON + 500, 10)).toEqual([]);
});

test('a list is newest first, in pages, and each filter names its own', async () => {
  const made: Job[] = [];
  for (let index = 0; index < 6; index += 1) {
    made.push(await accepted(newJob({ id: newJobId(NOON + index), resource: index % 2 ? 'smart' : 'fast', tags: index === 2 ? ['red'] : [], correlationId: index === 3 ? 'c3' : null })));
  }
  const [first] = made;
  if (first) await jobs.finish(finalOf(first), 'chatcmpl-1');
  const all = { environment: 'env_1', createdAfter: NOON - DAY_MS, state: null, resource: null, tag: null, correlationId: null, answerId: null, after: null, limit: 100 };
  const listed = async (set: object) => (await jobs.list({ ...all, ...set })).map(({ job }) => made.findIndex(({ id }) => id === job.id));
  expect(await listed({})).toEqual([5, 4, 3, 2, 1, 0]);
  expect(await listed({ limit: 2 })).toEqual([5, 4]);
  expect(await listed({ limit: 2, after: made[4]?.id })).toEqual([3, 2]);
  expect(await listed({ resource: 'smart' })).toEqual([5, 3, 1]);
  expect(await listed({ tag: 'red' })).toEqual([2]);
  expect(await listed({ correlationId: 'c3' })).toEqual([3]);
  expect(await listed({ answerId: 'chatcmpl-1' })).toEqual([0]);
  expect(await listed({ state: 'queued' })).toEqual([5, 4, 3, 2, 1]);
  expect(await listed({ environment: 'env_2' })).toEqual([]);
  expect(await listed({ createdAfter: NOON + DAY_MS })).toEqual([]);
});

test('what an environment keeps no longer is deleted, unfinished jobs never', async () => {
  const [done, open] = await Promise.all([accepted(newJob()), accepted(newJob())]);
  const elsewhere = await accepted(newJob({ environment: 'env_2' }));
  await Promise.all([done, elsewhere].map((job) => jobs.finish(finalOf(job), null)));
  expect(await jobs.forget('env_1', NOON - 1)).toBe(0);
  expect(await jobs.forget('env_1', NOON + 1)).toBe(1);
  expect((await database.query<{ id: string }>('select id from job')).map(({ id }) => id).sort()).toEqual([open.id, elsewhere.id].sort());
});

test('days of jobs are dropped only when none of theirs can be unfinished', async () => {
  await accepted(newJob());
  expect(await store.dropPartitionsOlderThan(0, NOON + 7 * DAY_MS)).not.toContain('job_20260310');
  expect(await store.dropPartitionsOlderThan(0, NOON + 10 * DAY_MS)).toContain('job_20260310');
});
