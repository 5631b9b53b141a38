import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitSse } from './sse.ts';

const line = fc.oneof(
  fc.constantFrom('', 'data: {"a":1}', 'data:', ': ping', 'event: error', 'data: \u{1F600}', 'id: 7'),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ' ')),
);
const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 })
  .map((lines) => Buffer.from(lines.map(([text, end]) => text + end).join('')));
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

const chop = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const edges = [0, ...at.filter((edge) => edge < bytes.length).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
};

const eventsOf = (chunks: readonly Buffer[]) => {
  const splitter = splitSse();
  const events = chunks.flatMap((chunk) => splitter.push(chunk));
  const rest = splitter.rest();
  return { events: [...events, ...(rest?.whole ? [rest.bytes] : [])].map((event) => event.toString('hex')), rest: rest?.bytes.toString('hex') ?? '' };
};

test('any chopping of a stream gives the same events', () => {
  fc.assert(fc.property(stream, cuts, (bytes, at) => {
    expect(eventsOf(chop(bytes, at)).events).toEqual(eventsOf([bytes]).events);
  }));
});

test('byte by byte too, and no byte is lost, added or moved', () => {
  fc.assert(fc.property(stream, (bytes) => {
    const splitter = splitSse();
    const pieces = [...bytes].flatMap((byte) => splitter.push(Buffer.of(byte)));
    const rest = splitter.rest();
    expect(Buffer.concat([...pieces, ...(rest ? [rest.bytes] : [])]).equals(bytes)).toBe(true);
  }));
});
