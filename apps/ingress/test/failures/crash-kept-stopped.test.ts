import { describe, test } from 'vitest';
import type { Crash } from './crash.ts';
import { CRASH_TEST_MS, crashKeptAt } from './crash-kept.ts';

const SENDER_LEASE_MS = 20_000;
const BATCH_LEASE_MS = 15_000;

describe('SIGSTOP, for longer than its lease, of', () => {
  test.each<Omit<Crash, 'signal'>>([
    { app: 'ingress', point: 'accept:committed' },
    { app: 'scheduler', point: 'feed:put' },
    { app: 'worker', point: 'send:sent' },
    { app: 'worker', point: 'finish:committed' },
    { app: 'worker', point: 'webhook:sent', standstillMs: SENDER_LEASE_MS + 2_000 },
    { app: 'ingress', point: 'batch:lined', nth: 1, standstillMs: BATCH_LEASE_MS + 2_000 },
  ])('$app at $point', async (crash) => crashKeptAt({ ...crash, signal: 'SIGSTOP' }), CRASH_TEST_MS);
});
