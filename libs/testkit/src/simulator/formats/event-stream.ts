/** AWS event streams: length, CRC, headers, payload, CRC. Format: smithy.io, "Event Stream Specification". */
import { EventStreamCodec } from '@smithy/core/event-streams';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

const frame = (headers: Readonly<Record<string, string>>, payload: object): Buffer => Buffer.from(codec.encode({
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }])),
  body: Buffer.from(JSON.stringify(payload)),
}));

export const eventFrame = (type: string, payload: object): Buffer =>
  frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload);

export const exceptionFrame = (type: string, payload: object): Buffer =>
  frame({ ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }, payload);

export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Bedrock pads every event, so that sizes do not tell the words. */
export const padding = (n: number): string => ALPHABET.slice(0, 3 + (n * 17) % 58);
