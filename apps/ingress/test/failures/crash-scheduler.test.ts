import { describe, test } from 'vitest';
import { crashAt } from './crash.ts';

describe.each(['SIGKILL', 'SIGSTOP'] as const)('%s of a scheduler at', (signal) => {
  test.each(['grant:moved', 'grant:applied'])('%s', async (point) => crashAt({ app: 'scheduler', point, signal }), 120_000);
});
