import { describe, test } from 'vitest';
import { crashAt } from './crash.ts';

describe.each(['SIGKILL', 'SIGSTOP'] as const)('%s of a worker at', (signal) => {
  test.each(['claim:claimed', 'send:before', 'send:sent'])('%s', async (point) => crashAt({ app: 'worker', point, signal }), 120_000);
});
