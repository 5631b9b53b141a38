import { expect, test } from 'vitest';
import { scatter } from '../pictures/scatter.ts';
import { FAMILY } from './family.ts';
import type { Frontier } from './frontier.ts';
import { plot } from './plot.ts';
import { frontiersAsJson, showFrontiers } from './show.ts';
import { type Point, verdictOf } from './verdict.ts';

const own: Point = { name: 'weighted', p99Ms: 100, utilisation: 0.99 };
const family: readonly Point[] = [{ name: 'hold 5 %', p99Ms: 10, utilisation: 0.9 }, { name: '4σ over 5 s', p99Ms: 1_000, utilisation: 0.98 }];
const frontier: Frontier = {
  trace: 'a & b.csv', limit: 'total_tokens=2x/60s', aloneP99Ms: 10, own, refusals: 0, family, verdict: verdictOf(own, family),
};

test('the family has no policy twice', () => {
  expect(new Set(FAMILY.map(({ name }) => name)).size).toBe(FAMILY.length);
});

test('on a terminal the default stands where its figures are', () => {
  const rows = plot(frontier).split('\n');
  const column = (sign: string): number | undefined => rows.find((row) => row.includes(sign))?.indexOf(sign);
  expect(rows.findIndex((row) => row.includes('#'))).toBeGreaterThan(rows.findIndex((row) => row.includes('·')));
  expect(rows.findIndex((row) => row.includes('#'))).toBeLessThan(rows.findIndex((row) => row.includes('o')));
  expect(column('#')).toBeGreaterThan(column('o') ?? Infinity);
  expect(rows.some((row) => row.includes('---'))).toBe(true);
});

test('the table and the JSON say the same', () => {
  expect(showFrontiers([frontier])).toMatch(/a & b\.csv +total_tokens=2x\/60s +0\.01 +0\.10 +99\.0 +0 +1\.00 +98\.0 +4σ over 5 s +yes/);
  expect(JSON.parse(frontiersAsJson([frontier]))).toEqual([{
    trace: 'a & b.csv', limit: 'total_tokens=2x/60s', aloneP99Ms: 10, default: own, refusals: 0, best: family[1], within: true,
    front: [family[1], family[0]],
  }]);
});

test('as a picture every policy is a dot, and names are escaped', () => {
  const picture = scatter([frontier]);
  expect(picture.match(/<circle/g)).toHaveLength(3);
  expect(picture).toContain('a &amp; b total_tokens');
});
