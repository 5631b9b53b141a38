/**
 * JSON as text: where the members of an object stand, so that one of them can be replaced or cut out and everything else
 * stays byte for byte what it was. Parsing and writing again would not do: `1.0` becomes `1`, `1e400` becomes `null`.
 *
 * One pass over the bytes, which also proves that they are JSON as `JSON.parse` understands it: whoever has called
 * `members` may parse without a guard.
 */
import { isUtf8 } from 'node:buffer';

/** Objects and arrays inside each other. Deeper text is nobody's request, and every later walk over it may recurse. */
export const MAX_DEPTH = 128;

/** One member of an object; offsets are bytes, ends exclusive. The key is decoded, its quotes and escapes are not part of it. */
export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** The text is not JSON, not UTF-8, not an object or nested too deeply. `offset` is the byte where that shows. */
export class JsonTextError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.name = 'JsonTextError';
    this.offset = offset;
  }
}

/** The members of the object that `text` is, in order, duplicates included (`JSON.parse` takes the last of them).
 *  Throws `JsonTextError`. Linear in the length of the text. */
export function members(text: Buffer): Member[] {
  if (!isUtf8(text)) throw new JsonTextError('not UTF-8', firstBadByte(text));
  const start = skipSpace(text, 0);
  if (text[start] !== OPEN_BRACE) throw new JsonTextError('expected an object', start);
  const found: Member[] = [];
  const end = skipSpace(text, skipObject(text, start, 1, found));
  if (end < text.length) throw new JsonTextError('unexpected text after the object', end);
  return found;
}

/** Where a value stands. */
export type Span = Pick<Member, 'valueStart' | 'valueEnd'>;

/** The members of the object that stands as a value inside `text`, or nothing where that value is no object. */
export function membersOf(text: Buffer, value: Span): Member[] {
  const found: Member[] = [];
  if (text[value.valueStart] === OPEN_BRACE) skipObject(text, value.valueStart, 2, found);
  return found;
}

/** The items of the array that stands as a value inside `text`, or nothing where that value is no array. */
export function itemsOf(text: Buffer, value: Span): Span[] {
  const found: Span[] = [];
  if (text[value.valueStart] === OPEN_BRACKET) skipArray(text, value.valueStart, 2, found);
  return found;
}

/** `text` with another value (JSON text) wherever `key` stands at this level. The same buffer when it stands nowhere. */
export function replaceValues(text: Buffer, level: readonly Member[], key: string, value: string): Buffer {
  const parts: Buffer[] = [];
  const written = Buffer.from(value);
  let done = 0;
  for (const member of level) {
    if (member.key !== key) continue;
    parts.push(text.subarray(done, member.valueStart), written);
    done = member.valueEnd;
  }
  if (done === 0) return text;
  parts.push(text.subarray(done));
  return Buffer.concat(parts);
}

/** `text` without any member named `key` at this level, each with the comma that went with it. */
export function removeMembers(text: Buffer, level: readonly Member[], key: string): Buffer {
  if (!level.some((member) => member.key === key)) return text;
  const lastKept = level.findLastIndex((member) => member.key !== key);
  const parts: Buffer[] = [];
  let done = 0;
  for (const [index, member] of level.entries()) {
    if (index > lastKept) break;
    const next = level[index + 1];
    if (member.key !== key || !next) continue;
    parts.push(text.subarray(done, member.keyStart));
    done = next.keyStart;
  }
  // Behind the last member that stays, everything goes, with the comma in front of it.
  const tail = level[lastKept + 1];
  const end = level.at(-1)?.valueEnd ?? 0;
  if (tail) {
    const from = level[lastKept]?.valueEnd ?? tail.keyStart;
    parts.push(text.subarray(done, from));
    done = end;
  }
  parts.push(text.subarray(done));
  return Buffer.concat(parts);
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** 1 for each byte that may stand in a string as itself: no control character, quote or backslash. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0));
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));

function skipSpace(text: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = text[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

function skipValue(text: Buffer, at: number, depth: number): number {
  const byte = text[at];
  switch (byte) {
    case QUOTE: return skipString(text, at);
    case OPEN_BRACE: return skipObject(text, at, depth + 1);
    case OPEN_BRACKET: return skipArray(text, at, depth + 1);
    case 0x74: return skipWord(text, at, 'true');
    case 0x66: return skipWord(text, at, 'false');
    case 0x6e: return skipWord(text, at, 'null');
    default: return skipNumber(text, at);
  }
}

/** From the opening brace to behind the closing one. `found` collects the members of this object alone. */
function skipObject(text: Buffer, start: number, depth: number, found?: Member[]): number {
  checkDepth(depth, start);
  let at = skipSpace(text, start + 1);
  if (text[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    const keyStart = at;
    if (text[at] !== QUOTE) throw unexpected(text, at, 'a member name');
    const keyEnd = skipString(text, at);
    at = skipSpace(text, keyEnd);
    if (text[at] !== COLON) throw unexpected(text, at, 'a colon');
    const valueStart = skipSpace(text, at + 1);
    const valueEnd = skipValue(text, valueStart, depth);
    found?.push({ key: decodeKey(text, keyStart, keyEnd), keyStart, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text[at] === CLOSE_BRACE) return at + 1;
    if (text[at] !== COMMA) throw unexpected(text, at, 'a comma or a closing brace');
    at = skipSpace(text, at + 1);
  }
}

function skipArray(text: Buffer, start: number, depth: number, found?: Span[]): number {
  checkDepth(depth, start);
  let at = skipSpace(text, start + 1);
  if (text[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    const valueEnd = skipValue(text, at, depth);
    found?.push({ valueStart: at, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text[at] === CLOSE_BRACKET) return at + 1;
    if (text[at] !== COMMA) throw unexpected(text, at, 'a comma or a closing bracket');
    at = skipSpace(text, at + 1);
  }
}

function skipString(text: Buffer, start: number): number {
  let at = start + 1;
  for (;;) {
    while (PLAIN[text[at] ?? 0] === 1) at++;
    const byte = text[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) {
      throw at >= text.length ? new JsonTextError('unfinished string', at) : new JsonTextError('control character in a string', at);
    }
    at = skipEscape(text, at);
  }
}

function skipEscape(text: Buffer, at: number): number {
  const byte = text[at + 1];
  if (byte === undefined) throw new JsonTextError('unfinished string', at + 1);
  if (ESCAPED.has(byte)) return at + 2;
  if (byte !== 0x75 || !/^[0-9a-fA-F]{4}$/.test(text.toString('latin1', at + 2, at + 6))) throw new JsonTextError('bad escape in a string', at);
  return at + 6;
}

function skipNumber(text: Buffer, start: number): number {
  let at = text[start] === MINUS ? start + 1 : start;
  if (!isDigit(text[at])) throw unexpected(text, at, at === start ? 'a value' : 'a digit');
  at = text[at] === ZERO ? at + 1 : skipDigits(text, at);
  if (text[at] === POINT) at = skipDigits(text, at + 1);
  if (text[at] === 0x65 || text[at] === 0x45) {
    const signed = text[at + 1] === MINUS || text[at + 1] === 0x2b;
    at = skipDigits(text, at + (signed ? 2 : 1));
  }
  return at;
}

/** At least one digit. */
function skipDigits(text: Buffer, start: number): number {
  if (!isDigit(text[start])) throw unexpected(text, start, 'a digit');
  let at = start + 1;
  while (isDigit(text[at])) at++;
  return at;
}

function skipWord(text: Buffer, at: number, word: string): number {
  if (text.toString('latin1', at, at + word.length) !== word) throw unexpected(text, at, 'a value');
  return at + word.length;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

function checkDepth(depth: number, at: number): void {
  if (depth > MAX_DEPTH) throw new JsonTextError(`nested deeper than ${MAX_DEPTH}`, at);
}

function decodeKey(text: Buffer, start: number, end: number): string {
  const inner = text.toString('utf8', start + 1, end - 1);
  return inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner; // a JSON string parses to a string
}

/** Names what was expected, never what stood there: a body may hold a prompt. */
const unexpected = (text: Buffer, at: number, wanted: string): JsonTextError =>
  at >= text.length ? new JsonTextError(`unfinished: expected ${wanted}`, at) : new JsonTextError(`expected ${wanted}`, at);

/** Only reached with bad text: halves the stretch that holds the first bad byte until a few bytes are left. */
function firstBadByte(text: Buffer): number {
  let good = 0;
  let bad = text.length;
  while (bad - good > 8) {
    let middle = (good + bad) >> 1;
    for (let back = 0; back < 3 && isContinuation(text[middle]); back++) middle--; // not inside a character
    if (isUtf8(text.subarray(good, middle))) good = middle;
    else bad = middle;
  }
  while (bad > good && !isUtf8(text.subarray(good, bad))) bad--;
  return bad;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
