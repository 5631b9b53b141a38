import { expect, test } from 'vitest';
import { readTrace } from './trace.ts';

test('rows count from the first, with fractions of a millisecond', () => {
  const rows = readTrace(
    'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n'
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({ atMs: 0, inputTokens: 374, outputTokens: 44 });
  expect(rows[1]?.atMs).toBeCloseTo(4314.579, 3);
});

test('what is no row is named by its line', () => {
  expect(() => readTrace('T,C,G\n2023-11-16 18:15:46,1,2\nnonsense,1,2\n')).toThrow('line 3');
});
