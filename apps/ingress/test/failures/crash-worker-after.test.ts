import { describe, test } from 'vitest';
import { crashAt } from './crash.ts';

describe.each(['SIGKILL', 'SIGSTOP'] as const)('%s of a worker at', (signal) => {
  test.each(['end:recorded', 'settle:settled', 'again:added', 'complete:before', 'journal:drained'])('%s', async (point) => crashAt({ app: 'worker', point, signal }), 120_000);
});
