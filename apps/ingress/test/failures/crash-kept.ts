/**
 * One process dies, or stands still for longer than its lease, at each step of kept work: accepting, feeding, finishing,
 * telling; looking after a batch. A late end is refused, and everything ends once and is told of once.
 */
import { startReceiver } from '@sluice/testkit';
import { plainConfiguration, startSystem } from '../system.ts';
import { crashing, type Crash } from './crash.ts';
import { expectInvariants } from './invariants.ts';
import { expectKeptRecords } from './kept-records.ts';
import { handOverBatch, handOverJob } from './kept-work.ts';

const JOBS = 12;
const LINES = 24;
const LIMIT = { amount: 100, windowMs: 2_000 };
const configuration = plainConfiguration
  .replace('requests: 10000, per: 60s', `requests: ${LIMIT.amount}, per: 2s`)
  .replaceAll('gpt-4o-mini-instant', 'gpt-4o-mini')
  .replace('settings:', 'webhooks: { allow: ["http://127.0.0.1:*"], allow_private: true }\nsettings:');
const WITHIN_MS = 60_000;
export const CRASH_TEST_MS = 3 * WITHIN_MS;

export async function crashKeptAt(crash: Crash): Promise<void> {
  const told = await startReceiver();
  const system = await startSystem({
    configuration, apps: { [crash.app]: 0 },
    simulators: [{ limits: [{ dimension: 'requests', window: 'sliding', ...LIMIT }], latencyMs: 100, chunkEveryMs: 0, keepBodies: 10_000 }],
  });
  try {
    const work = await crashing(system, crash, async () => {
      const batch = handOverBatch(system, Array.from({ length: LINES }, (_, index) => `line ${10 + index}`), told.url);
      batch.catch(() => undefined); // awaited below
      const jobs = new Map<string, string>();
      for (let index = 0; index < JOBS; index += 1) jobs.set(await handOverJob(system, `job ${index}`, told.url), `job ${index}`);
      return { jobs, batch: await batch };
    });
    await expectKeptRecords(system, work, { told, withinMs: WITHIN_MS });
    await expectInvariants(system, []);
  } finally {
    await system.stop();
    await told.stop();
  }
}
