import { expect, test } from 'vitest';
import { batched } from './batch.ts';

test('what comes while a round trip is under way goes with the next, in order, and each gets its own answer', async () => {
  const sent: number[][] = [];
  let answer = (): void => undefined;
  const double = batched<number, number>(3, async (items) => {
    sent.push([...items]);
    await new Promise<void>((resolve) => { answer = resolve; });
    return items.map((item) => item * 2);
  });
  const first = double(1);
  await Promise.resolve();
  const rest = [2, 3, 4, 5].map(double);
  answer();
  expect(await first).toBe(2);
  answer();
  expect(await Promise.all(rest.slice(0, 3))).toEqual([4, 6, 8]);
  answer();
  expect(await rest[3]).toBe(10);
  expect(sent).toEqual([[1], [2, 3, 4], [5]]);
});

test('a failure reaches those of its batch alone', async () => {
  let fail = true;
  const once = batched<number, number>(10, async (items) => {
    if (fail) throw new Error('away');
    return [...items];
  });
  await expect(once(1)).rejects.toThrow('away');
  fail = false;
  expect(await once(2)).toBe(2);
});
