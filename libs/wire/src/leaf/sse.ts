/**
 * Server-sent events as bytes: whatever a stream is chopped into on its way, the same events come out, each with its
 * exact bytes (comments, CRLF, spaces and all), so that passing a stream on changes nothing of it.
 *
 * An event ends with a blank line; a line ends with LF, CRLF or CR. After a blank line that ended with CR one more byte
 * has to be seen, because an LF there still belongs to it. Pieces of an event are joined once, when it is whole.
 */
const LF = 10;
const CR = 13;

export interface SseSplitter {
  /** The events that are whole now, in order. They may share memory with `chunk`. */
  push(chunk: Buffer): Buffer[];
  /** What is left at the end of the stream. `whole` is false for an event that was not ended by a blank line. */
  rest(): { readonly bytes: Buffer; readonly whole: boolean } | undefined;
  /** Bytes held back because their event is not whole yet. */
  held(): number;
}

export function splitSse(): SseSplitter {
  const place: Place = { lineIsEmpty: true, afterCr: false, blankByCr: false };
  let pieces: Buffer[] = [];
  let heldBytes = 0;

  const join = (last: Buffer): Buffer => {
    if (pieces.length === 0) return last;
    const event = Buffer.concat([...pieces, last]);
    pieces = [];
    heldBytes = 0;
    return event;
  };

  return {
    push(chunk) {
      const hasCr = place.afterCr || place.blankByCr || chunk.includes(CR);
      let start = 0;
      const events = (hasCr ? endsByByte(place, chunk) : endsByLine(place, chunk)).map((end) => {
        const event = join(chunk.subarray(start, end));
        start = end;
        return event;
      });
      if (start < chunk.length) {
        pieces.push(chunk.subarray(start));
        heldBytes += chunk.length - start;
      }
      return events;
    },
    rest() {
      if (pieces.length === 0) return undefined;
      const whole = place.blankByCr;
      place.blankByCr = false;
      return { bytes: join(Buffer.alloc(0)), whole };
    },
    held: () => heldBytes,
  };
}

/** Where in a line the last chunk ended. */
interface Place {
  lineIsEmpty: boolean;
  afterCr: boolean;
  /** A blank line has ended with CR: its LF, if it has one, is still to come. */
  blankByCr: boolean;
}

/** Where events end in a chunk without CRs: line by line, at the speed of the native search. */
function endsByLine(place: Place, chunk: Buffer): number[] {
  const ends: number[] = [];
  let at = 0;
  for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, at)) {
    if (lf === at && (at > 0 || place.lineIsEmpty)) ends.push(lf + 1);
    at = lf + 1;
  }
  if (chunk.length > 0) place.lineIsEmpty = at === chunk.length;
  return ends;
}

/** The same in any chunk, byte by byte. */
function endsByByte(place: Place, chunk: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < chunk.length; at++) {
    const byte = chunk[at];
    if (place.blankByCr) ends.push(byte === LF ? at + 1 : at);
    place.blankByCr = false;
    if (byte === LF && !place.afterCr && place.lineIsEmpty) ends.push(at + 1);
    if (byte === CR) place.blankByCr = place.lineIsEmpty;
    place.lineIsEmpty = byte === LF || byte === CR;
    place.afterCr = byte === CR;
  }
  return ends;
}

/** The event's data lines, joined by LF; undefined when it has none (a comment, or only a name). */
export function dataOf(event: Buffer): string | undefined {
  const lines: string[] = [];
  for (const line of event.toString('utf8').split(/\r\n|\n|\r/)) {
    const value = fieldOf(line, 'data');
    if (value !== undefined) lines.push(value);
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** The event's name (`event:`), or undefined. */
export function nameOf(event: Buffer): string | undefined {
  for (const line of event.toString('utf8').split(/\r\n|\n|\r/)) {
    const value = fieldOf(line, 'event');
    if (value !== undefined) return value;
  }
  return undefined;
}

function fieldOf(line: string, name: string): string | undefined {
  if (!line.startsWith(name)) return undefined;
  if (line.length === name.length) return '';
  if (line[name.length] !== ':') return undefined;
  return line.slice(line[name.length + 1] === ' ' ? name.length + 2 : name.length + 1);
}
