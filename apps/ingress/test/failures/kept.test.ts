/** Two hundred jobs while each app is killed, while Redis forgets everything, and while a worker stands still. */
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startSystem, type AppName, type System } from '../system.ts';
import { acceptOne, expectKept, KEPT_CONFIGURATION, KEPT_LIMITS } from './kept.ts';

const simulator = { limits: KEPT_LIMITS, latencyMs: 40, chunkEveryMs: 0, keepCalls: 10_000 };
const JOBS = 200;

async function withSystem(apps: Partial<Record<AppName, number>>, use: (system: System) => Promise<void>): Promise<void> {
  const system = await startSystem({ configuration: KEPT_CONFIGURATION, apps, simulators: [simulator] });
  try {
    await use(system);
  } finally {
    await system.stop();
  }
}

/** Jobs one after another from several callers; resolves with the ids that were accepted. */
async function submit(system: System, jobs: number, onAccepted: (so: number) => void = () => undefined): Promise<readonly string[]> {
  const accepted: string[] = [];
  let next = 0;
  const caller = async () => {
    while (next < jobs) {
      const id = await acceptOne(system, `job ${next++}`);
      if (id !== undefined) onAccepted(accepted.push(id));
    }
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  return accepted;
}

test('each app is killed again and again: nothing that was accepted is lost, and nothing is final twice', () => withSystem({ worker: 2 }, async (system) => {
  const victims: readonly AppName[] = ['worker', 'scheduler', 'ingress', 'worker', 'scheduler', 'ingress'];
  let so = 0;
  const accepting = submit(system, JOBS, (count) => { so = count; });
  for (const [index, name] of victims.entries()) {
    // Traffic is the clock.
    await waitFor(() => so >= (index + 1) * 20, { withinMs: 40_000, what: `${(index + 1) * 20} jobs accepted` });
    await system.apps(name)[0]?.kill('SIGKILL');
    await system.start(name);
  }
  const accepted = await accepting;
  expect(accepted.length).toBeGreaterThan(JOBS / 2);
  await expectKept(system, accepted, 90_000);
}), 240_000);

test('Redis forgets everything in the middle: every job is put back and finishes', () => withSystem({}, async (system) => {
  const redis = new Redis(system.redisUrl);
  try {
    let flushed: Promise<unknown> | undefined;
    const accepted = await submit(system, JOBS, (count) => { if (count === 80) flushed = redis.flushdb(); });
    await flushed;
    expect(flushed).toBeDefined();
    await expectKept(system, accepted, 90_000);
  } finally {
    redis.disconnect();
  }
}), 240_000);

test('a worker that stands still past its lease and goes on finishes nothing a second time', () => withSystem({ worker: 2 }, async (system) => {
  const [still] = system.apps('worker');
  let so = 0;
  const accepting = submit(system, 60, (count) => { so = count; });
  await waitFor(() => so >= 20, { withinMs: 30_000, what: '20 jobs accepted' });
  still?.child.kill('SIGSTOP');
  try {
    await expectKept(system, await accepting, 90_000);
  } finally {
    still?.child.kill('SIGCONT');
  }
  await expectKept(system, await accepting);
}), 240_000);
