/** The events of a finished stream: server-sent ones and Amazon's binary frames. */
import { crc32 } from 'node:zlib';

export interface StreamEvent {
  readonly name: string | null;
  readonly data: string;
}

/** Comments and events without data are left out. */
export function sseEvents(bytes: Buffer): readonly StreamEvent[] {
  return bytes.toString('utf8').split(/\r\n\r\n|\n\n|\r\r/).flatMap((block) => {
    const lines = block.split(/\r\n|\n|\r/);
    const values = (field: string) => lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).replace(/^ /, ''));
    const data = values('data');
    return data.length === 0 ? [] : [{ name: values('event').at(-1) ?? null, data: data.join('\n') }];
  });
}

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;

/** Named by their `:event-type`, or by `:exception-type`. @throws Error where a checksum does not fit */
export function frameEvents(bytes: Buffer): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const total = bytes.readUInt32BE(at);
    const frame = bytes.subarray(at, at + total);
    const headerBytes = frame.readUInt32BE(4);
    if (crc32(frame.subarray(0, 8)) !== frame.readUInt32BE(8)) throw new Error(`frame at byte ${at}: the prelude's checksum does not fit`);
    if (crc32(frame.subarray(0, total - CRC_BYTES)) !== frame.readUInt32BE(total - CRC_BYTES)) throw new Error(`frame at byte ${at}: the checksum does not fit`);
    const headers = headersOf(frame.subarray(PRELUDE_BYTES, PRELUDE_BYTES + headerBytes));
    const data = frame.toString('utf8', PRELUDE_BYTES + headerBytes, total - CRC_BYTES);
    events.push({ name: headers.get(':event-type') ?? headers.get(':exception-type') ?? null, data });
    at += total;
  }
  return events;
}

const STRING = 7;

/** Headers whose value is a string, which are all that these streams have. */
function headersOf(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    const name = bytes.toString('utf8', at + 1, nameEnd);
    if (bytes[nameEnd] !== STRING) throw new Error(`frame header ${name} is no string`);
    const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers.set(name, bytes.toString('utf8', nameEnd + 3, valueEnd));
    at = valueEnd;
  }
  return headers;
}

/** InvokeModel's frames carry a model's own events: base64 inside `{"bytes"}`. */
export const invokeEvents = (bytes: Buffer): readonly StreamEvent[] =>
  frameEvents(bytes).map(({ name, data }) => {
    const inner = /"bytes"\s*:\s*"([^"]*)"/.exec(data)?.[1];
    return inner === undefined ? { name, data } : { name: null, data: Buffer.from(inner, 'base64').toString('utf8') };
  });
