/** Ten kills of each app at moments that a seed chose, under steady traffic, each started again as the supervisor does. */
import { waitFor } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { startSystem, type AppName } from '../system.ts';
import { expectInvariants } from './invariants.ts';
import { oneResource } from './one-resource.ts';
import { seeded } from './seeded.ts';
import { call, type Ended } from './traffic.ts';

const CONFIGURATION = oneResource(60);
const APPS: readonly AppName[] = ['scheduler', 'worker', 'ingress'];
const KILLS = 30;
const CALL_EVERY_MS = 60;

test('whatever is killed whenever: no job in two states, no permit lost, no limit exceeded, everything audited', async () => {
  const limits = [{ dimension: 'requests', amount: 60, windowMs: 2_000, window: 'sliding' }] as const;
  const system = await startSystem({ configuration: CONFIGURATION, apps: { worker: 2 }, simulators: [{ limits, latencyMs: 40, chunkEveryMs: 10 }] });
  const random = seeded(7);
  try {
    const calls: Promise<Ended>[] = [];
    const traffic = setInterval(() => {
      const url = system.apps('ingress')[0]?.url;
      if (url) calls.push(call(system, { stream: calls.length % 2 === 0, url, maxTokens: 10 }));
    }, CALL_EVERY_MS);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const name = APPS[kill % APPS.length] ?? 'worker';
      // Traffic is the clock: the next kill comes after so many more calls.
      const after = calls.length + 3 + Math.floor(random() * 12);
      await waitFor(() => calls.length >= after, { withinMs: 30_000, what: `${after} calls made` });
      const victim = system.apps(name)[0];
      await victim?.kill('SIGKILL');
      await system.start(name);
    }
    clearInterval(traffic);
    const ended = await Promise.all(calls);
    // Killed about once a second, an ingress takes most of what waits with it: that anything is answered at all shows that it goes on.
    expect(ended.filter(({ kind }) => kind === 'answered').length, 'answered').toBeGreaterThan(50);
    await expectInvariants(system, ended, 40_000);
  } finally {
    await system.stop();
  }
}, 240_000);
