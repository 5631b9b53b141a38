import { describe, test } from 'vitest';
import type { Crash } from './crash.ts';
import { CRASH_TEST_MS, crashKeptAt } from './crash-kept.ts';

describe('SIGKILL of', () => {
  test.each<Omit<Crash, 'signal'>>([
    { app: 'ingress', point: 'accept:committed' },
    { app: 'ingress', point: 'batch:lined', nth: 1 },
    { app: 'ingress', point: 'batch:written', nth: 1 },
    { app: 'scheduler', point: 'feed:put' },
    { app: 'scheduler', point: 'feed:marked' },
    { app: 'worker', point: 'finish:committed' },
    { app: 'worker', point: 'finish:told' },
    { app: 'worker', point: 'webhook:sent' },
  ])('$app at $point', async (crash) => crashKeptAt({ ...crash, signal: 'SIGKILL' }), CRASH_TEST_MS);
});
