import { type AttemptRecord, type JournalRecord, newJobId } from '@sluice/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore, postgresMetricSink, type Store } from '../src/index.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { memoryLog } from './memory-log.ts';
import { attemptRecord, jobRecord } from './sample.ts';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const DAY_MS = 86_400_000;
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
beforeEach(async () => { await database.query('truncate audit, audit_attempt, metric_attempt'); });

async function attempts(from: number, to: number): Promise<readonly AttemptRecord[]> {
  const pages: AttemptRecord[] = [];
  for await (const page of store.attemptsBetween(from, to)) pages.push(...page);
  return pages;
}

test('a job and its attempts are kept with what they cost', async () => {
  const job = jobRecord(NOON);
  await store.writeAudit([attemptRecord(NOON, { job: job.job }), job]);
  const [row] = await database.query<Record<string, unknown>>('select *, day::text as day from audit');
  expect(row).toMatchObject({
    day: '2026-03-10', id: job.job, state: 'completed', attempts: 1, stream: true, api_key: 'key_1',
    tags: job.tags, metadata: job.metadata, input_tokens: '1000', body_bytes: '512',
    created_at: new Date(NOON), started_at: new Date(NOON + 10), ended_at: new Date(NOON + 1_234),
  });
  // 800 fresh at 0.15, 200 cached at 0.075 and 500 out at 0.6 dollars a million.
  expect(row?.['cost']).toBeCloseTo(0.000435, 12);
  expect(await database.query('select cost from audit_attempt')).toEqual([{ cost: row?.['cost'] }]);
});

test('an unknown price is no cost, and unknown usage neither', async () => {
  await store.writeAudit([jobRecord(NOON, { model: 'unheard-of' }), jobRecord(NOON, { inputTokens: null, outputTokens: null })]);
  expect(await database.query('select cost from audit')).toEqual([{ cost: null }, { cost: null }]);
});

test('records may come twice, in any order and any batches: the table ends the same', async () => {
  const [first, second] = [newJobId(NOON), newJobId(NOON + 1)];
  const records: readonly JournalRecord[] = [
    jobRecord(NOON, { job: first, state: 'failed', errorCode: 'provider_error', endedAt: NOON + 500 }),
    jobRecord(NOON, { job: first, state: 'completed', attempts: 2, endedAt: NOON + 900 }),
    jobRecord(NOON, { job: second, state: 'cancelled', connection: null, provider: null, model: null, startedAt: null }),
    attemptRecord(NOON, { job: first, outcome: 'throttled', httpStatus: 429 }),
    attemptRecord(NOON, { job: first, attempt: 2 }),
    attemptRecord(NOON, { job: second, sentAt: null, firstByteAt: null, outcome: 'lost', httpStatus: null }),
  ];
  const dump = async () => ({
    audit: await database.query('select * from audit order by id'),
    attempts: await database.query('select * from audit_attempt order by job, attempt'),
  });
  await store.writeAudit(records);
  const expected = await dump();
  expect(expected.audit)
    .toMatchObject([{ state: 'completed', attempts: 2, error_code: null }, { state: 'cancelled', started_at: null }]);
  expect(expected.attempts).toHaveLength(3);
  const indexes = fc.array(fc.nat(records.length - 1), { maxLength: 8 });
  await fc.assert(fc.asyncProperty(fc.array(indexes, { maxLength: 4 }), fc.constant(records), async (batches, all) => {
    await database.query('truncate audit, audit_attempt');
    const chosen = batches.map((batch) => batch.flatMap((index) => all[index] ?? []));
    // Two at a time, as two drains would.
    await Promise.all(chosen.map((batch) => store.writeAudit(batch)));
    await store.writeAudit(all.toReversed());
    expect(await dump()).toEqual(expected);
  }), { numRuns: 25 });
});

test('attempts come back as they were recorded, oldest first, in pages, within the asked time', async () => {
  const records = Array.from({ length: 2_300 }, (_, index) => attemptRecord(NOON + index, {
    errorMessage: index % 7 === 0 ? `no. ${index}` : null, endedAt: NOON + 5_000 + Math.floor(index / 3), reasoningTokens: null,
  }));
  await store.writeAudit(records.toReversed());
  const order = (a: AttemptRecord, b: AttemptRecord) => a.endedAt - b.endedAt || (a.job < b.job ? -1 : 1);
  expect(await attempts(NOON, NOON + DAY_MS)).toEqual(records.toSorted(order));
  const [from, to] = [NOON + 5_100, NOON + 5_110];
  expect(await attempts(from, to)).toEqual(records.filter(({ endedAt }) => endedAt >= from && endedAt < to).sort(order));
  expect(await attempts(NOON - DAY_MS, NOON)).toEqual([]);
});

test('text that Postgres cannot hold is mended, and the rest of its batch kept', async () => {
  const odd = 'cut \ud83d and \0 here, "\\u0000" is text, 🙂 stays';
  const job = jobRecord(NOON, { correlationId: odd, metadata: { odd } });
  await store.writeAudit([attemptRecord(NOON, { errorMessage: odd }), job]);
  const mended = 'cut \ufffd and \ufffd here, "\\u0000" is text, 🙂 stays';
  expect(await database.query('select error_message from audit_attempt')).toEqual([{ error_message: mended }]);
  expect(await database.query('select correlation_id, metadata from audit'))
    .toEqual([{ correlation_id: mended, metadata: { odd: mended } }]);
});

test('a day that has no partition gets one, also when it was dropped meanwhile by another process', async () => {
  const long = NOON - 400 * DAY_MS;
  await store.writeAudit([jobRecord(long)]);
  const other = await openStore({ url: database.url, log: memoryLog() });
  const dropped = await other.dropPartitionsOlderThan(365 * DAY_MS, NOON);
  expect(dropped).toContain('audit_20250203');
  expect(await database.query('select 1 from audit')).toEqual([]);
  await store.writeAudit([jobRecord(long)]);
  expect(await database.query('select 1 from audit')).toHaveLength(1);
  await other.stop();
});

test('partitions are prepared ahead by many at once, and only whole days beyond retention are dropped', async () => {
  const fresh = await freshDatabase();
  const stores = await Promise.all([1, 2, 3].map(() => openStore({ url: fresh.url, log: memoryLog(), poolSize: 2 })));
  await stores[0]?.migrate();
  await Promise.all(stores.map((each) => each.preparePartitions(NOON)));
  const partitions = `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit'::regclass order by 1`;
  const names = async () => (await fresh.query<{ name: string }>(partitions)).map(({ name }) => name);
  expect(await names()).toEqual([9, 10, 11, 12, 13, 14].map((day) => `audit_202603${String(day).padStart(2, '0')}`));
  const yesterday = jobRecord(Date.parse('2026-03-09T23:59:59.999Z'));
  await stores[1]?.writeAudit([yesterday, jobRecord(Date.parse('2026-03-10T00:00:00Z'))]);
  // A record of the last millisecond of the ninth is kept as long as any of its day is younger than retention.
  expect(await stores[2]?.dropPartitionsOlderThan(DAY_MS, NOON)).toEqual([]);
  expect(await stores[2]?.dropPartitionsOlderThan(DAY_MS / 2, NOON))
    .toEqual(['audit_20260309', 'audit_attempt_20260309', 'metric_attempt_20260309']);
  expect(await fresh.query(`select day::text from audit`)).toEqual([{ day: '2026-03-10' }]);
  for (const each of stores) await each.stop();
  await fresh.drop();
});

test('without QuestDB the same measures go to Postgres, once each', async () => {
  const sink = postgresMetricSink(store);
  const lost = { attempt: 2, sentAt: null, firstByteAt: null, outputTokens: null, outcome: 'lost' };
  const rows = [attemptRecord(NOON), attemptRecord(NOON, lost)];
  const signal = new AbortController().signal;
  await sink.write(rows, signal);
  await sink.write(rows.toReversed(), signal);
  const kept = await database.query<Record<string, unknown>>('select * from metric_attempt order by attempt');
  expect(kept).toMatchObject([
    {
      ts: new Date(NOON + 1_012), job_id: rows[0]?.job, queue_ms: 10, ttft_ms: 100, total_ms: 1_012, tokens_in: '1000',
      tokens_cached: '200', tokens_out: '500', tokens_reserved: '1600', tokens_per_second: 500, error_code: null,
    },
    { outcome: 'lost', ttft_ms: null, tokens_out: null, tokens_per_second: null, cost: null },
  ]);
  expect(kept[0]?.['cost']).toBeCloseTo(0.000435, 12);
  await expect(sink.write(rows, AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
  await sink.stop();
  await store.ping();
});
