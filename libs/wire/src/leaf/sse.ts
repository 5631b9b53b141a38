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
  let pieces: Buffer[] = [];
  let heldBytes = 0;
  let lineIsEmpty = true;
  let afterCr = false;
  let blankByCr = false;

  const join = (last: Buffer): Buffer => {
    if (pieces.length === 0) return last;
    const event = Buffer.concat([...pieces, last]);
    pieces = [];
    heldBytes = 0;
    return event;
  };

  return {
    push(chunk) {
      const events: Buffer[] = [];
      let start = 0;
      const cut = (end: number) => {
        events.push(join(chunk.subarray(start, end)));
        start = end;
      };
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at];
        if (blankByCr) {
          blankByCr = false;
          cut(byte === LF ? at + 1 : at);
        }
        if (byte === LF) {
          if (!afterCr && lineIsEmpty) cut(at + 1);
          lineIsEmpty = true;
          afterCr = false;
        } else if (byte === CR) {
          blankByCr = lineIsEmpty;
          lineIsEmpty = true;
          afterCr = true;
        } else {
          lineIsEmpty = false;
          afterCr = false;
        }
      }
      if (start < chunk.length) {
        pieces.push(chunk.subarray(start));
        heldBytes += chunk.length - start;
      }
      return events;
    },
    rest() {
      if (pieces.length === 0) return undefined;
      const whole = blankByCr;
      blankByCr = false;
      return { bytes: join(Buffer.alloc(0)), whole };
    },
    held: () => heldBytes,
  };
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
