import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptRecord, Logger, MetricSink } from '@sluice/domain';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { questdbSink, questdbUsage } from '../src/index.ts';
import { execute, freePort, query, questdbJar, startQuestdb } from './questdb-server.ts';
import type { QuestdbServer } from './questdb-server.ts';

const jar = questdbJar();
if (!jar && process.env['CI'] === 'true') throw new Error('QuestDB needs Java ≥ 17 and Maven');

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const sinks: MetricSink[] = [];
const open = (url: string, timeoutMs = 5000) => {
  const sink = questdbSink({ url, log: silent, timeoutMs });
  sinks.push(sink);
  return sink;
};
const never = () => new AbortController().signal;

afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.stop()));
});

/** Attempts of one run of one test, told apart from all others by their resource. */
function records(resource: string, from: number, count: number): AttemptRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    v: 1, kind: 'attempt', job: `job_${resource}_${from + index}`, attempt: 1, workspace: 'default', environment: 'default', connection: 'main',
    resource, provider: 'openai', model: 'small', priority: 'normal', tenant: 'team a, "b"=c\\', mode: 'sync', outcome: 'completed',
    errorCode: null, errorMessage: null, httpStatus: 200, upstreamRequestId: null, queuedAt: T0 + from + index, grantedAt: T0 + from + index + 100,
    sentAt: T0 + from + index + 110, firstByteAt: T0 + from + index + 210, endedAt: T0 + from + index + 610, inputTokens: 30, cachedInputTokens: 5,
    outputTokens: 20, reasoningTokens: 0, reservedTokens: 80, usageSource: 'provider',
  }));
}
const T0 = Date.UTC(2026, 0, 5, 12, 0, 0);

/** Rows become visible when QuestDB has applied its write-ahead log, shortly after they are kept. */
async function countSettlesAt(url: string, resource: string, expected: number): Promise<void> {
  await vi.waitFor(async () => {
    expect(await query(url, `select count(), count_distinct(job_id) from attempts where resource = '${resource}'`)).toEqual([[expected, expected]]);
    expect(await query(url, `select sequencerTxn - writerTxn from wal_tables() where name = 'attempts'`)).toEqual([[0]]);
  }, { timeout: 10_000, interval: 50 });
}

describe.skipIf(!jar)(`a QuestDB that can be killed${jar ? '' : ' (skipped: QuestDB needs Java ≥ 17 and Maven)'}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-questdb-'));
  let server: QuestdbServer;
  let port: number;
  const start = async () => {
    if (!jar) throw new Error('skipped without the jar');
    server = await startQuestdb(jar, directory, port);
  };

  beforeAll(async () => {
    port = await freePort();
    await start();
  }, 180_000);
  afterAll(async () => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  test('usage is told from the rows, by group and interval, of one environment', async () => {
    const resource = randomUUID();
    const environment = `of "it's" ${resource}`;
    const rows = records(resource, 0, 3).map((row, index) => ({ ...row, environment, model: index === 2 ? 'large' : 'small', outcome: index === 1 ? 'failed' as const : row.outcome, endedAt: T0 + index * 60_000 }));
    await open(server.url).write([...rows, ...records(resource, 10, 2)], never());
    await countSettlesAt(server.url, resource, 5);
    const question = { environment, from: T0, to: T0 + 3_600_000, by: [] as const, interval: null };
    const { usage } = questdbUsage(server.url);
    expect(await usage(question)).toMatchObject([{ at: null, group: {}, attempts: 3, completed: 2, inputTokens: 90, cachedInputTokens: 15, outputTokens: 60, cost: null, queueMsMax: 100 }]);
    expect(await usage({ ...question, by: ['model', 'outcome'] })).toMatchObject([{ attempts: 1 }, { attempts: 1 }, { attempts: 1 }]);
    expect(await usage({ ...question, by: ['model'], interval: 'minute' })).toMatchObject([
      { at: T0, group: { model: 'small' } }, { at: T0 + 60_000, group: { model: 'small' }, completed: 0 }, { at: T0 + 120_000, group: { model: 'large' } },
    ]);
    expect(await usage({ ...question, to: T0 })).toEqual([]);
  });

  test('rows arrive with every column, whatever characters their names have', async () => {
    const resource = randomUUID();
    await open(server.url).write(records(resource, 0, 3), never());
    await countSettlesAt(server.url, resource, 3);
    const columns = 'ts, workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome, error_code, job_id, attempt, '
      + 'queue_ms, ttft_ms, total_ms, tokens_in, tokens_cached, tokens_out, tokens_reserved, tokens_per_second, cost';
    expect(await query(server.url, `select ${columns} from attempts where resource = '${resource}' order by ts limit 1`)).toEqual([[
      '2026-01-05T12:00:00.610000Z', 'default', 'default', 'main', resource, 'openai', 'small', 'normal', 'team a, "b"=c\\', 'sync', 'completed', null,
      `job_${resource}_0`, 1, 100, 100, 610, 30, 5, 20, 80, 40, null,
    ]]);
  });

  test('the same rows written again, in part and in another order, are there once', async () => {
    const resource = randomUUID();
    const rows = records(resource, 0, 100);
    const sink = open(server.url);
    await sink.write(rows, never());
    await sink.write(rows.slice(40).reverse(), never());
    await open(server.url).write(rows.slice(0, 60), never());
    await countSettlesAt(server.url, resource, 100);
  });

  test('the minute and the hour add up to the attempts, also after a repeated write', async () => {
    const resource = randomUUID();
    const rows = records(resource, 0, 50);
    await open(server.url).write(rows, never());
    await open(server.url).write(rows, never());
    await vi.waitFor(async () => {
      for (const view of ['attempts_minute', 'attempts_hour']) {
        expect(await query(server.url, `select sum(attempts), sum(tokens_out), sum(ttft_ms), sum(ttft_count), max(total_ms_max) from ${view} where resource = '${resource}'`))
          .toEqual([[50, 1000, 5000, 50, 610]]);
      }
    }, { timeout: 10_000, interval: 100 });
  });

  test('concurrent writes do not mix their rows', async () => {
    const resource = randomUUID();
    const sink = open(server.url);
    await Promise.all(Array.from({ length: 8 }, (_, part) => sink.write(records(resource, part * 50, 50), never())));
    await countSettlesAt(server.url, resource, 400);
  });

  test('several workers that start at once all get their rows in, by trying again at most', async () => {
    const resource = randomUUID();
    for (const view of ['attempts_hour', 'attempts_minute']) await execute(server.url, `drop materialized view if exists ${view}`);
    await execute(server.url, 'drop table if exists attempts');
    await Promise.all(Array.from({ length: 4 }, async (_, worker) => {
      const sink = open(server.url);
      await vi.waitFor(() => sink.write(records(resource, worker * 10, 10), never()), { timeout: 10_000, interval: 20 });
    }));
    await countSettlesAt(server.url, resource, 40);
  });

  test('killed in the middle and started again: after the retries every row is there exactly once', async () => {
    const resource = randomUUID();
    const sink = open(server.url, 2000);
    let refused = 0;
    let kept = 0;
    const drain = (async () => {
      for (let batch = 0; batch < 60; batch++) {
        const rows = records(resource, batch * 200, 200);
        // What the journal's drain does: the same rows, until they are kept.
        while (!(await isKept(sink, rows))) refused++;
        kept++;
      }
    })();
    await vi.waitFor(() => expect(kept).toBeGreaterThan(5), { timeout: 10_000, interval: 1 });
    await server.kill();
    await vi.waitFor(() => expect(refused).toBeGreaterThan(2), { timeout: 10_000, interval: 5 });
    await start();
    await drain;
    expect(kept).toBe(60);
    await countSettlesAt(server.url, resource, 12_000);
  }, 60_000);

  test('a server that lost its data gets its tables, with their dedup keys, from the next write', async () => {
    const resource = randomUUID();
    const sink = open(server.url, 2000);
    await sink.write(records(resource, 0, 10), never());
    await server.kill();
    rmSync(join(directory, 'data'), { recursive: true, force: true });
    await expect(sink.write(records(resource, 0, 10), never())).rejects.toThrow();
    await start();
    await sink.write(records(resource, 0, 10), never());
    await sink.write(records(resource, 0, 10), never());
    await countSettlesAt(server.url, resource, 10);
  }, 60_000);
});

async function isKept(sink: MetricSink, rows: readonly AttemptRecord[]): Promise<boolean> {
  try {
    await sink.write(rows, never());
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20)); // the pause of a backoff, not a wait for something to happen
    return false;
  }
}

describe('a QuestDB that is not there', () => {
  test('nobody listens: the write rejects, with the reason as its cause', async () => {
    const port = await freePort();
    const error = await open(`http://127.0.0.1:${port}`).write(records('away', 0, 1), never()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: `QuestDB at 127.0.0.1:${port} did not take 1 rows`, cause: expect.anything() });
  });

  test('a server that takes the connection and never answers: the write rejects in its time, and holds no socket', async () => {
    const held = new Set<Socket>();
    const server = createServer((socket) => void held.add(socket.on('close', () => held.delete(socket)).on('error', () => {}).resume())).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server that listens has an address of this shape.
    const { port } = server.address() as AddressInfo;
    const from = performance.now();
    await expect(open(`http://127.0.0.1:${port}`, 300).write(records('hangs', 0, 1), never())).rejects.toThrow('did not take 1 rows');
    expect(performance.now() - from).toBeLessThan(2000);
    await vi.waitFor(() => expect(held.size).toBe(0), { timeout: 2000, interval: 5 });
    server.close();
  });

  test('an answer cut between its head and its end does not hang the write', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).once('data', (data) => {
      if (data.toString().startsWith('GET')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}');
      else socket.write('HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n', () => socket.destroy());
    })).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server that listens has an address of this shape.
    const { port } = server.address() as AddressInfo;
    await expect(open(`http://127.0.0.1:${port}`, 500).write(records('cut', 0, 1), never())).rejects.toThrow('did not take 1 rows');
    server.close();
  });

  test('the caller may give up before the time limit', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server that listens has an address of this shape.
    const { port } = server.address() as AddressInfo;
    const caller = new AbortController();
    const write = open(`http://127.0.0.1:${port}`, 60_000).write(records('given up', 0, 1), caller.signal);
    caller.abort(new Error('the drain stops'));
    await expect(write).rejects.toMatchObject({ cause: { message: 'the drain stops' } });
    server.close();
  });
});
