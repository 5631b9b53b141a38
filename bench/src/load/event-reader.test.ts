import { expect, test } from 'vitest';
import { stampNow } from '../stamp.ts';
import { eventReader } from './event-reader.ts';

const T0 = stampNow();
const event = (sentAt: number, content = 'word') => `data: {"sent_at":${T0 + sentAt},"id":"c","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;
const DONE = 'data: [DONE]\n\n';
const read = (...pieces: readonly string[]) => {
  const delays: number[] = [];
  const reader = eventReader(delays);
  for (const piece of pieces) reader.read(Buffer.from(piece));
  return { reader, delays };
};

test('a whole stream is whole, wherever the network cut it in pieces', () => {
  const stream = `${event(0, '')}${event(1)}: queued position=3\n${event(2)}${event(3)}${DONE}`;
  for (let cut = 1; cut < stream.length; cut++) {
    const { reader, delays } = read(stream.slice(0, cut), stream.slice(cut));
    expect([reader.state, reader.events, delays.length]).toEqual(['whole', 3, 3]);
  }
});

test('a repeated event, one out of order, an error and a cut are told apart from a whole stream', () => {
  expect(read(event(1), event(1), DONE).reader.state).toBe('disorder');
  expect(read(event(2), event(1), DONE).reader.state).toBe('disorder');
  expect(read(event(1), 'data: {"error":{"message":"cut"}}\n\n').reader.state).toBe('error');
  expect(read(event(1), event(2)).reader.state).toBe('cut');
});

test('the delay of an event is the time since its stamp', () => {
  const { delays } = read(event(-50));
  expect(delays[0]).toBeGreaterThanOrEqual(50);
  expect(delays[0]).toBeLessThan(5000);
});
