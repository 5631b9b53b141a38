/**
 * Every process is killed in turn at moments that a seed chose, under jobs and a batch whose ends are told by webhooks; in the
 * middle Redis forgets everything. Ten kills, or as many as `SLUICE_KILLS` says (50 of them meet 200 jobs and 2,000 lines).
 */
import { startReceiver, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { plainConfiguration, startSystem, type AppName, type System } from '../system.ts';
import { expectInvariants } from './invariants.ts';
import { callsByName, expectKeptRecords, requestsOf, unrecorded } from './kept-records.ts';
import { handOverBatch, handOverJob } from './kept-work.ts';
import { seeded } from './seeded.ts';

const KILLS = Number(process.env['SLUICE_KILLS'] ?? 10);
const JOBS = 4 * KILLS;
const LINES = 40 * KILLS;
const SEED = Number(process.env['SLUICE_KILL_SEED'] ?? 7);
const APPS: readonly AppName[] = ['scheduler', 'worker', 'ingress'];
/** Slow enough that there is work at the last kill: a process takes seconds to come up again. */
const LIMIT = { amount: 20, windowMs: 2_000 };
/** For one kill with its share of the work, on a machine that does other things too. */
const KILL_MS = 30_000;

const configuration = plainConfiguration
  .replace('requests: 10000, per: 60s', `requests: ${LIMIT.amount}, per: ${LIMIT.windowMs / 1_000}s`)
  .replaceAll('gpt-4o-mini-instant', 'gpt-4o-mini')
  .replace('settings:', 'webhooks: { allow: ["http://127.0.0.1:*"], allow_private: true }\nsettings:');

const made = (system: System): number => requestsOf(system).length;
const names = (kind: string, count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${kind} ${String(index).padStart(5, '0')}`);

/** Jobs are handed over all along, so that some are at every step at any time. */
async function handOverJobs(system: System, webhook: string): Promise<ReadonlyMap<string, string>> {
  const accepted = new Map<string, string>();
  for (const [index, name] of names('job', JOBS).entries()) {
    const due = (index / JOBS) * 0.9 * (JOBS + LINES);
    await waitFor(() => made(system) >= due, { withinMs: KILLS * KILL_MS, what: `${due} calls`, everyMs: 50 });
    accepted.set(await handOverJob(system, name, webhook), name);
  }
  return accepted;
}

/**
 * Of a call that is under way, Redis and the worker that makes it know, and nobody else: they are not taken away together. So
 * what dead workers left is recorded before Redis forgets, and what living ones were making is before the next is killed.
 */
async function forgetEverything(system: System): Promise<void> {
  await recordedSoFar(system);
  const redis = new Redis(system.redisUrl);
  await redis.flushdb();
  redis.disconnect();
  await recordedSoFar(system);
}

async function recordedSoFar(system: System): Promise<void> {
  const calls = callsByName(system);
  await waitFor(async () => (await unrecorded(system, calls)).length === 0, { withinMs: 60_000, everyMs: 200, what: 'every call so far is recorded as an attempt' });
}

test(`${KILLS} kills under ${JOBS} jobs and ${LINES} lines: nothing is lost, nothing is final twice, everything is told of`, async () => {
  const told = await startReceiver((res, _one, count) => void res.writeHead(count % 9 === 0 ? 500 : 200).end());
  const system = await startSystem({
    configuration, apps: { scheduler: 2, worker: 2, ingress: 2 },
    simulators: [{ limits: [{ dimension: 'requests', window: 'sliding', ...LIMIT }], latencyMs: 40, chunkEveryMs: 0, keepBodies: 1_000_000 }],
  });
  const random = seeded(SEED);
  const moments = Array.from({ length: KILLS }, () => 0.95 * random() * (JOBS + LINES)).sort((a, b) => a - b);
  try {
    const handedOver = Promise.all([handOverJobs(system, told.url), handOverBatch(system, names('line', LINES), told.url)]);
    handedOver.catch(() => undefined); // awaited below
    for (const [index, moment] of moments.entries()) {
      await waitFor(() => made(system) >= moment, { withinMs: KILLS * KILL_MS, what: `${moment} calls`, everyMs: 5 });
      if (index === Math.floor(KILLS / 2)) await forgetEverything(system);
      const name = APPS[index % APPS.length] ?? 'worker';
      await system.apps(name)[0]?.kill('SIGKILL');
      await system.start(name);
    }
    const [jobs, batch] = await handedOver;
    expect(jobs.size).toBe(JOBS);
    await expectKeptRecords(system, { jobs, batch }, { told, withinMs: KILLS * KILL_MS });
    await expectInvariants(system, []);
  } finally {
    await system.stop();
    await told.stop();
  }
}, KILLS * 3 * KILL_MS);
