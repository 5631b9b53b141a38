import { expect, test } from 'vitest';
import { dataOf, nameOf, splitSse } from './sse.ts';

const split = (...chunks: string[]): string[] => {
  const splitter = splitSse();
  return chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))).map(String);
};

test('an event ends with a blank line, whatever ends its lines, and keeps its bytes', () => {
  expect(split('data: a\n\ndata: b\r\n\r\n: ping\n\n')).toEqual(['data: a\n\n', 'data: b\r\n\r\n', ': ping\n\n']);
  expect(split('data: a\r\rdata: b\r\r', 'x')).toEqual(['data: a\r\r', 'data: b\r\r']);
});

test('after CR CR an LF that comes later still belongs to the event', () => {
  expect(split('data: a\r\n\r', '\ndata: b\n\n')).toEqual(['data: a\r\n\r\n', 'data: b\n\n']);
});

test('a blank line between events is kept as one of its own', () => {
  expect(split('\ndata: a\n\n\ndata: b\n\n')).toEqual(['\n', 'data: a\n\n', '\n', 'data: b\n\n']);
});

test('what is not ended by a blank line is told apart at the end', () => {
  const open = splitSse();
  expect(open.push(Buffer.from('data: a'))).toEqual([]);
  expect(open.held()).toBe(7);
  expect(open.rest()).toEqual({ bytes: Buffer.from('data: a'), whole: false });
  expect(open.rest()).toBeUndefined();
  const byCr = splitSse();
  byCr.push(Buffer.from('data: a\r\r'));
  expect(byCr.rest()).toEqual({ bytes: Buffer.from('data: a\r\r'), whole: true });
});

test('an event that comes in one chunk is not copied', () => {
  const chunk = Buffer.from('data: a\n\ndata: b\n\n');
  const [first, second] = splitSse().push(chunk);
  expect(first?.buffer).toBe(chunk.buffer);
  expect(second?.buffer).toBe(chunk.buffer);
});

test('data lines are joined, with and without the space after the colon', () => {
  expect(dataOf(Buffer.from('event: x\ndata: a\r\ndata:b\r\ndata\n\n'))).toBe('a\nb\n');
  expect(dataOf(Buffer.from(': data: no\n\n'))).toBeUndefined();
  expect(dataOf(Buffer.from('database: no\n\n'))).toBeUndefined();
  expect(nameOf(Buffer.from('event: error\ndata: {}\n\n'))).toBe('error');
});
