/** What is remembered of a tool call comes back to who made it, for a day, and to nobody else. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMemory, type OpenQueue } from '../src/index.ts';
import { open } from './support.ts';

let queue: OpenQueue;
beforeAll(async () => { queue = await open(); });
afterAll(async () => { await queue.stop(); });

test('thoughts come back by their call, to their own key of their own environment', async () => {
  const memory = openMemory(queue);
  const whose = { environment: 'env_1', apiKey: 'key_1' };
  await memory.keep(whose, new Map([['call_1', 'thoughts'], ['call 2', 'more']]));
  expect(await memory.recall(whose, ['call_1', 'call_0', 'call 2'])).toEqual(new Map([['call_1', 'thoughts'], ['call 2', 'more']]));
  for (const other of [{ ...whose, apiKey: 'key_2' }, { ...whose, environment: 'env_2' }]) {
    expect(await memory.recall(other, ['call_1'])).toEqual(new Map());
  }
  const [key = ''] = await queue.redis.keys(`${queue.prefix}:memory:*`);
  expect(await queue.redis.ttl(key)).toBeGreaterThan(80_000);
});
