import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkCutter } from './chunk-cutter.ts';
import { CHUNK_BYTES, LONGEST_LINE_BYTES } from './chunk-store.ts';

function cut(pieces: readonly Buffer[]): readonly Buffer[] {
  const cutter = new ChunkCutter();
  return [...pieces.flatMap((piece) => [...cutter.push(piece)]), ...cutter.end()];
}

/** Lines of such lengths, handed over in pieces of such sizes. */
const streams = fc.record({
  lines: fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 12 }),
  pieces: fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 8 }),
  ended: fc.boolean(),
}).map(({ lines, pieces, ended }) => {
  const text = Buffer.concat(lines.map((length, index) => Buffer.from(`${'x'.repeat(length)}${ended || index < lines.length - 1 ? '\n' : ''}`)));
  const cuts: Buffer[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = pieces[turn % pieces.length] ?? 1;
    cuts.push(text.subarray(at, at + size));
    at += size;
  }
  return { text, cuts };
});

test('nothing is lost, and every chunk but the last ends with a line', () =>
  fc.assert(fc.property(streams, ({ text, cuts }) => {
    const chunks = cut(cuts);
    expect(Buffer.concat(chunks).equals(text)).toBe(true);
    for (const chunk of chunks.slice(0, -1)) expect(chunk.at(-1)).toBe(10);
  }), { numRuns: 60 }));

test('a chunk is longer than its size only where a line is', () =>
  fc.assert(fc.property(streams, ({ cuts }) => {
    for (const chunk of cut(cuts)) {
      if (chunk.length <= CHUNK_BYTES) continue;
      expect(chunk.indexOf(10)).toBeGreaterThanOrEqual(chunk.length - 1 - (chunk.at(-1) === 10 ? 0 : chunk.length));
      expect(chunk.subarray(0, CHUNK_BYTES).includes(10)).toBe(false);
    }
  }), { numRuns: 60 }));

test('bytes without a line feed are cut after the longest line', () => {
  const pieces = Array.from({ length: 5 }, () => Buffer.alloc(LONGEST_LINE_BYTES / 2, 120));
  expect(cut(pieces).map(({ length }) => length)).toEqual([LONGEST_LINE_BYTES, LONGEST_LINE_BYTES, LONGEST_LINE_BYTES / 2]);
});

test('an empty stream has no chunk', () => expect(cut([])).toEqual([]));
