import { expect, test } from 'vitest';
import { sum } from '../../statistics.ts';
import { readJsonLines } from './json-lines.ts';
import { openTrace } from './open-trace.ts';
import { SYNTHETIC, synthesize } from './synthetic.ts';

test('JSON lines are read in order of time, counted from the first', () => {
  const text = '{"timestamp":2500,"input_length":7,"output_length":8}\n\n{"timestamp":1000,"input_length":5,"output_length":6,"hash_ids":[1]}\n';
  expect(readJsonLines(text)).toEqual([{ atMs: 0, inputTokens: 5, outputTokens: 6 }, { atMs: 1_500, inputTokens: 7, outputTokens: 8 }]);
});

test.each(['nonsense', '[]', 'null', '{"timestamp":1,"input_length":2}', '{"timestamp":"1","input_length":2,"output_length":3}', '{"timestamp":1,"input_length":-2,"output_length":3}'])(
  'the line %s is named', (line) => {
    expect(() => readJsonLines(`{"timestamp":1,"input_length":2,"output_length":3}\n${line}\n`)).toThrow('line 2 of the trace');
  });

test.each(SYNTHETIC)('%s is the same for the same seed, in order, and another for another', (kind) => {
  const rows = synthesize(kind, 1);
  expect(synthesize(kind, 1)).toEqual(rows);
  expect(synthesize(kind, 2)).not.toEqual(rows);
  expect(rows.every(({ atMs }, index) => atMs >= (rows[index - 1]?.atMs ?? 0))).toBe(true);
  expect(rows.every(({ inputTokens, outputTokens }) => inputTokens >= 1 && outputTokens >= 1)).toBe(true);
});

test('bursts reach well above the mean, diurnal traffic swings, volleys come together', () => {
  const perMinute = (kind: 'poisson' | 'bursty' | 'diurnal'): number[] => {
    const counts = Array.from({ length: 30 }, () => 0);
    for (const { atMs } of synthesize(kind, 1)) counts[Math.floor(atMs / 60_000)] = (counts[Math.floor(atMs / 60_000)] ?? 0) + 1;
    return counts;
  };
  const peak = (counts: number[]): number => Math.max(...counts) / (sum(counts) / counts.length);
  expect(peak(perMinute('poisson'))).toBeLessThan(1.3);
  expect(peak(perMinute('diurnal'))).toBeGreaterThan(1.6);
  expect(peak(perMinute('bursty'))).toBeGreaterThan(2);
  const volleys = synthesize('volleys', 1);
  expect(new Set(volleys.map(({ atMs }) => atMs % 3_000))).toEqual(new Set([0]));
  expect(volleys.length).toBeGreaterThan(new Set(volleys.map(({ atMs }) => atMs)).size);
});

test.each([
  ['synthetic:steady', 'synthetic traces are poisson'],
  ['trace.txt', 'must be a .csv or .jsonl file'],
  ['no/such.csv', 'no such file'],
])('%s is refused with its name', (name, what) => {
  expect(() => openTrace(name, 1)).toThrow(`--trace ${name}`);
  expect(() => openTrace(name, 1)).toThrow(what);
});
