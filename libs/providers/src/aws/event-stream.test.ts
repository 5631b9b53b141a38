/** Frames made here byte by byte from the specification, so that reader and writer cannot be wrong together. */
import { crc32 } from 'node:zlib';
import { dataOf, nameOf } from '@sluice/wire';
import { expect, test } from 'vitest';
import { splitEventStream } from './event-stream.ts';

function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const fields = Object.entries(headers).map(([name, value]) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Buffer.byteLength(value));
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
  });
  const header = Buffer.concat(fields);
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(12 + header.length + body.length + 4, 0);
  prelude.writeUInt32BE(header.length, 4);
  const checked = Buffer.concat([prelude, sum(prelude), header, body]);
  return Buffer.concat([checked, sum(checked)]);
}

function sum(bytes: Buffer): Buffer {
  const written = Buffer.alloc(4);
  written.writeUInt32BE(crc32(bytes));
  return written;
}

const event = (type: string, payload: object): Buffer =>
  frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, JSON.stringify(payload));

const told = (events: readonly Buffer[]) => events.map((bytes) => [nameOf(bytes), JSON.parse(dataOf(bytes) ?? 'null')]);

const stream = Buffer.concat([
  event('messageStart', { role: 'assistant' }), event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'é\n' } }), event('messageStop', { stopReason: 'end_turn' }),
]);
const STREAM = [
  ['messageStart', { role: 'assistant' }], ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'é\n' } }], ['messageStop', { stopReason: 'end_turn' }],
];

test.each([1, 7, 64, 1_000])('the same events come out of pieces of %i bytes', (size) => {
  const splitter = splitEventStream(false);
  const events: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) events.push(...splitter.push(stream.subarray(at, at + size)));
  expect(told(events)).toEqual(STREAM);
  expect(splitter.rest()).toBeUndefined();
});

test('what InvokeModel packs comes out as the events of the model', () => {
  const inner = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } };
  const packed = event('chunk', { bytes: Buffer.from(JSON.stringify(inner)).toString('base64'), p: 'abc' });
  expect(told(splitEventStream(true).push(packed))).toEqual([['content_block_delta', inner]]);
});

test('an exception is an error event that names its type', () => {
  const thrown = frame({ ':exception-type': 'throttlingException', ':content-type': 'application/json', ':message-type': 'exception' }, '{"message":"slow down"}');
  expect(told(splitEventStream(false).push(thrown))).toEqual([['error', { __type: 'throttlingException', message: 'slow down' }]]);
});

test('a frame whose checksum is wrong ends the stream with an error, whatever comes after it', () => {
  const damaged = Buffer.from(stream);
  damaged.writeUInt8(damaged.readUInt8(40) ^ 1, 40);
  const splitter = splitEventStream(false);
  expect(told(splitter.push(damaged))).toEqual([['error', { __type: 'CorruptEventStream', message: expect.stringContaining('checksum') }]]);
  expect(splitter.push(stream)).toEqual([]);
});

test('what is no event stream is told, not waited for', () => {
  const events = told(splitEventStream(false).push(Buffer.from('<html>Bad gateway</html>')));
  expect(events).toEqual([['error', { __type: 'CorruptEventStream', message: expect.stringContaining('impossible length') }]]);
});

test('a stream that ends inside a frame has a rest that is not whole', () => {
  const splitter = splitEventStream(false);
  splitter.push(stream.subarray(0, stream.length - 5));
  expect(splitter.rest()).toMatchObject({ whole: false });
  expect(splitter.held()).toBeGreaterThan(0);
});
