/** The journal on its way into audit and metrics, with a store that is away and one that comes back. */
import { newJobId, type AttemptRecord, type MetricSink } from '@sluice/domain';
import { startDrain } from '@sluice/queue';
import { postgresMetricSink } from '@sluice/store';
import { startSimulator, waitFor, type Simulator } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackfill } from '../src/backfill.ts';
import { startDrains } from '../src/drains.ts';
import { openDatabase, type Database } from './database.ts';
import { startHarness, type Harness } from './harness.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const ROUTES = [{ connection: 'c1', name: 'c1', provider: 'openai', model: 'm1' }];
const BODY = { model: 'fast', messages: [{ role: 'user', content: 'hello' }] };

let database: Database;
let simulator: Simulator;
let harness: Harness;
beforeAll(async () => {
  database = await openDatabase();
  simulator = await startSimulator({ limits: [], latencyMs: 1 });
  harness = await startHarness({ connections: { c1: { baseUrl: simulator.url } }, drain: false });
});
afterAll(async () => {
  await harness.stop();
  await simulator.stop();
  await database.drop();
});

/** The real sink behind a door that can be closed. */
function doorTo(sink: MetricSink) {
  let open = true;
  return {
    set: (isOpen: boolean) => void (open = isOpen),
    sink: {
      write: (rows, signal) => (open ? sink.write(rows, signal) : Promise.reject(new Error('away'))),
      stop: () => sink.stop(),
    } satisfies MetricSink,
  };
}

const countOf = async (table: string): Promise<number> => Number((await database.query<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);

test('both stores get every record; while the metrics are away the audit and the calls go on', async () => {
  const door = doorTo(postgresMetricSink(database.store));
  const drains = await startDrains({
    startDrain: (options) => startDrain(harness.queue, options), store: database.store, sink: door.sink, consumer: 'test', log: quiet,
  });
  try {
    await harness.ask({ stream: false, routes: ROUTES }, BODY);
    await waitFor(async () => (await countOf('metric_attempt')) === 1, { withinMs: 10_000, what: 'the first metric' });
    door.set(false);
    for (let n = 0; n < 3; n++) expect((await harness.ask({ stream: false, routes: ROUTES }, BODY)).end.state).toBe('completed');
    await waitFor(async () => (await countOf('audit_attempt')) === 4 && (await countOf('audit')) === 4, { withinMs: 10_000, what: 'the audit' });
    expect(await countOf('metric_attempt')).toBe(1);
    door.set(true);
    await waitFor(async () => (await countOf('metric_attempt')) === 4, { withinMs: 15_000, what: 'the metrics of the time away' });
  } finally {
    await drains.stop();
  }
});

test('what was skipped is filled in from the audit, once the metrics are back', async () => {
  const at = Date.now() - 3_600_000;
  const attempts = Array.from({ length: 5 }, (_, n): AttemptRecord => ({
    v: 1, kind: 'attempt', job: newJobId(at + n), attempt: 1, workspace: 'w', environment: 'e', connection: 'c9',
    resource: 'fast', provider: 'openai',
    model: 'm', priority: 'normal', tenant: 'k', mode: 'sync', outcome: 'completed', errorCode: null, errorMessage: null, httpStatus: 200,
    upstreamRequestId: null, queuedAt: at + n, grantedAt: at + n, sentAt: at + n, firstByteAt: at + n, endedAt: at + n + 10,
    inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, reservedTokens: 2, usageSource: 'provider',
  }));
  await database.store.writeAudit(attempts);
  const door = doorTo(postgresMetricSink(database.store));
  door.set(false);
  const backfill = startBackfill({ store: database.store, sink: door.sink, log: quiet, retryMs: 20 });
  try {
    backfill.add(at, at + 100);
    door.set(true);
    const filledIn = async () => (await database.query(`select 1 from metric_attempt where connection = 'c9'`)).length === 5;
    await waitFor(filledIn, { withinMs: 10_000, what: 'the metrics' });
  } finally {
    await backfill.stop();
  }
});
