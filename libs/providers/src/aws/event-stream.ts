/**
 * AWS event streams as events. A frame is its length, the length of its headers, a checksum of both, headers, payload and
 * a checksum of all (smithy.io, "Event Stream Specification"). What comes out are server-sent events: named by
 * `:event-type`, or by `:exception-type` where it is an error; for InvokeModel, the model's own events that were inside.
 */
import { EventStreamCodec } from '@smithy/core/event-streams';
import { objectOf } from '@sluice/wire';
import type { EventSplitter } from '../events.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

const PRELUDE_BYTES = 12;
/** AWS sends none longer than 16 MiB: a longer one is no frame, and would be waited for in vain. */
const LONGEST_FRAME_BYTES = 16 * 1024 * 1024 + 1024;

/** `unwrap`: the payload holds the event in base64, as InvokeModel packs it. */
export function splitEventStream(unwrap: boolean): EventSplitter {
  let held: Buffer = Buffer.alloc(0);
  let broken = false;

  const take = (): Buffer | undefined => {
    if (broken || held.length < PRELUDE_BYTES) return undefined;
    const length = held.readUInt32BE(0);
    if (length < PRELUDE_BYTES || length > LONGEST_FRAME_BYTES) return fail('a frame of impossible length');
    if (held.length < length) return undefined;
    const frame = held.subarray(0, length);
    held = held.subarray(length);
    try {
      return eventOf(codec.decode(frame), unwrap);
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error));
    }
  };
  /** Nothing after it can be trusted to begin where a frame begins. */
  const fail = (message: string): Buffer => {
    broken = true;
    held = Buffer.alloc(0);
    return sse('error', JSON.stringify({ __type: 'CorruptEventStream', message: `the event stream is damaged: ${message}` }));
  };

  return {
    push(chunk) {
      if (broken) return [];
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const events: Buffer[] = [];
      for (let event = take(); event; event = take()) events.push(event);
      return events.filter((event) => event.length > 0);
    },
    rest: () => (held.length === 0 ? undefined : { bytes: held, whole: false }),
    held: () => held.length,
  };
}

type Frame = ReturnType<EventStreamCodec['decode']>;

function eventOf({ headers, body }: Frame, unwrap: boolean): Buffer {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const named = (name: string): string | null => {
    const header = headers[name];
    return typeof header?.value === 'string' ? header.value : null;
  };
  const exception = named(':exception-type') ?? named(':error-code');
  if (exception !== null) {
    const payload = objectOf(parsed(text)) ?? { message: named(':error-message') ?? text };
    return sse('error', JSON.stringify({ __type: exception, ...payload }));
  }
  if (!unwrap) return sse(named(':event-type') ?? 'unknown', text);
  const bytes = objectOf(parsed(text))?.['bytes'];
  if (typeof bytes !== 'string') return Buffer.alloc(0);
  const inner = Buffer.from(bytes, 'base64').toString('utf8');
  const type = objectOf(parsed(inner))?.['type'];
  return sse(typeof type === 'string' ? type : 'unknown', inner);
}

const sse = (name: string, data: string): Buffer => Buffer.from(`event: ${name}\ndata: ${data.replace(/\r?\n/g, '\ndata: ')}\n\n`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: an exception then has its text as its message, and an event has no type.
    return undefined;
  }
}
