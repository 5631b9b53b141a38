/** Models that were found at a connection are listed for it alone, and one of many asks. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDiscovered, type OpenQueue } from '../src/index.ts';
import { open } from './support.ts';

let queue: OpenQueue;
beforeAll(async () => { queue = await open(); });
afterAll(async () => { await queue.stop(); });

test('of all who may ask a connection one does, and what it finds is there for everybody', async () => {
  const discovered = openDiscovered(queue);
  const turns = await Promise.all(Array.from({ length: 5 }, () => discovered.mayAsk('con_1')));
  expect(turns.filter((mine) => mine)).toHaveLength(1);
  expect(await discovered.mayAsk('con_2')).toBe(true);
  await discovered.found('con_1', ['llama3.2', 'qwen3:4b']);
  expect(await discovered.modelsOf(['con_1', 'con_2'])).toEqual(new Map([['con_1', ['llama3.2', 'qwen3:4b']]]));
  await discovered.found('con_1', []);
  expect(await discovered.modelsOf(['con_1'])).toEqual(new Map([['con_1', []]]));
});
