import { expect, test } from 'vitest';
import { limitsOf } from './limits.ts';

const ROWS = [
  { atMs: 0, inputTokens: 100, outputTokens: 20 },
  { atMs: 30_000, inputTokens: 300, outputTokens: 40 },
  { atMs: 120_000, inputTokens: 200, outputTokens: 60 },
];
const FORM = { window: 'bucket', paceMs: undefined } as const;

test('a multiple is of what the trace asks for in a window on average', () => {
  const amounts = limitsOf(['total_tokens=2x/60s', 'requests=0.5x/2m,input_tokens=3x/60s'], ROWS, FORM);
  expect(amounts.map(({ dimension, amount, windowMs }) => [dimension, amount, windowMs])).toEqual([
    ['total_tokens', 720, 60_000], ['requests', 2, 120_000], ['input_tokens', 900, 60_000],
  ]);
});

test('plain amounts stay what they are', () => {
  expect(limitsOf(['requests=600/60s', 'concurrency=32'], ROWS, { ...FORM, paceMs: 1_000 })).toEqual([
    { dimension: 'requests', amount: 600, windowMs: 60_000, window: 'bucket', paceMs: 1_000 },
    { dimension: 'concurrency', amount: 32, windowMs: 0, window: 'bucket' },
  ]);
});

test.each(['requests', 'requests=2x', 'concurrency=2x/60s', 'tokens=5/60s', 'requests=5/never', 'cost=1/60s'])('%s is refused by name', (text) => {
  expect(() => limitsOf([text], ROWS, FORM)).toThrow(/limit|dimension/);
});
