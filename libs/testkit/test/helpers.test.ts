import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort, readTrace, sharedFolder, waitFor } from '../src/index.ts';

test('a free port can be listened on', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test('waitFor gives the first truthy answer, and otherwise names what it waited for', async () => {
  let calls = 0;
  const third = await waitFor(() => (++calls === 3 ? 'third' : undefined), { withinMs: 1_000, what: 'the third', everyMs: 1 });
  expect(third).toBe('third');
  await expect(waitFor(() => false, { withinMs: 20, what: 'the moon' })).rejects.toThrow('the moon');
});

const trace = join(sharedFolder(), 'traces/azure-llm-2023-conversation.csv');
test.skipIf(!existsSync(trace))('the shared trace is read whole', async () => {
  const rows = readTrace(await readFile(trace, 'utf8'));
  expect(rows).toHaveLength(19_366);
  expect((rows.at(-1)?.atMs ?? 0) / 1_000).toBeCloseTo(3_501, -1);
});
