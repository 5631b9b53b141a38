import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs } from './durations.ts';
import { interpolate } from './interpolate.ts';
import { parseConfigurationFile } from './parse.ts';

const example = readFileSync(new URL('../../../../sluice.example.yaml', import.meta.url), 'utf8');

const secret = 'QqZzSecret';

const PIECES = ['\n', '  ', '- ', ': ', '{', ']', '*', '&a ', '!t ', '${', '\t', '"', 'null'];

/** The example with a piece of it replaced: what a hand that slips makes of a good file. */
const slips = fc
  .tuple(fc.nat(example.length), fc.nat(40), fc.oneof(fc.string(), fc.constantFrom(...PIECES)))
  .map(([start, length, put]) => example.slice(0, start) + put + example.slice(start + length));

test('no text makes it throw, and a refusal always says where and what', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), slips), (text) => {
    const parsed = parseConfigurationFile(text, {});
    if (parsed.ok) return;
    expect(parsed.problems.length).toBeGreaterThan(0);
    const lines = text.split('\n').length;
    for (const { line, column, message } of parsed.problems) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(message).not.toBe('');
    }
  }), { numRuns: 100 });
});

test('no value of the environment is ever in a problem', () => {
  fc.assert(fc.property(slips, fc.constantFrom('${K}', ' ${K}', '"${K}"', 'x${K}:'), fc.nat(example.length), (text, put, at) => {
    const parsed = parseConfigurationFile(text.slice(0, at) + put + text.slice(at), { K: `${secret}\n: ` });
    if (!parsed.ok) expect(JSON.stringify(parsed.problems)).not.toContain(secret);
  }), { numRuns: 100 });
});

test('a name that the environment gives wrongly is not shown either', () => {
  const places = [...example.matchAll(/(?<=: )[a-z0-9/_.-]+|"[^"]*"/g)].map((match) => match.index);
  for (const at of places) {
    const text = `${example.slice(0, at)}"\${K}" #${example.slice(at)}`;
    const parsed = parseConfigurationFile(text, { K: secret });
    if (!parsed.ok) expect(JSON.stringify(parsed.problems)).not.toContain(secret);
  }
});

test('a text without references comes out as it went in, whatever the environment', () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.includes('${')), (text) => {
    expect(interpolate(text, { A: '1' })).toEqual({ text, failures: [] });
  }));
});

test('a duration is its number times its unit', () => {
  const units = fc.constantFrom(['ms', 1], ['s', 1e3], ['m', 6e4], ['h', 36e5], ['d', 864e5]);
  fc.assert(fc.property(fc.nat(99_999_999), units, (count, [unit, ms]) => {
    expect(durationMs(`${count}${unit}`)).toBe(count * Number(ms));
  }));
});
