import { describe, test } from 'vitest';
import { crashAt } from './crash.ts';

describe.each(['SIGKILL', 'SIGSTOP'] as const)('%s of an ingress at', (signal) => {
  test.each(['enqueue:added'])('%s', async (point) => crashAt({ app: 'ingress', point, signal }), 120_000);
});
