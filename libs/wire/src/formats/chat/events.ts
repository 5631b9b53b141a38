/**
 * What one event of a Chat Completions stream means to whoever passes it on. An event is parsed only when its bytes show
 * that it can hold an error or token counts; all others are looked at with a few searches (about a microsecond) in their
 * bytes read as latin1, where a character is a byte.
 *
 * Searching for a key with its quotes is sound: inside a JSON string every quote is escaped.
 */
import type { SeenEvent } from '../../leaf/seen.ts';
import { dataOf, nameOf } from '../../leaf/sse.ts';
import { objectOf, usageIn } from './usage.ts';

const COLON = 58;
const SPACE = 32;
const LETTER_N = 110;
const QUOTE = 34;
const BACKSLASH = 92;
const LONGEST_TERMINATOR = 64;
/** Keys of a delta under which generated text stands. */
const TEXT_KEYS = ['"content"', '"reasoning_content"', '"reasoning"', '"arguments"', '"refusal"'];

export function readChatEvent(event: Buffer): SeenEvent {
  const text = event.toString('latin1');
  const named = text.includes('event:') && nameOf(event) === 'error';
  if (!named && !text.includes('data:')) return { kind: 'comment' };
  if (event.length <= LONGEST_TERMINATOR && isTerminator(event)) return { kind: 'terminator', usage: null };
  if (event[0] === COLON && dataOf(event) === undefined) return { kind: 'comment' };
  if (named || text.includes('"error"')) {
    const body = parse(event);
    if (named || isError(body)) return { kind: 'error', body, usage: usageIn(body) };
  }
  return {
    kind: 'chunk',
    usage: hasValue(text, '"usage"') ? usageIn(parse(event)) : null,
    finished: hasValue(text, '"finish_reason"'),
    textBytes: textBytesIn(text),
  };
}

/** `[DONE]`; some put a space behind it. */
const isTerminator = (event: Buffer): boolean => dataOf(event)?.trim() === '[DONE]';

/** Is this parsed answer or event an error, whatever status it came under? */
export function isError(body: unknown): boolean {
  const answer = objectOf(body);
  return (answer?.['error'] ?? null) !== null || answer?.['object'] === 'error';
}

function parse(event: Buffer): unknown {
  const data = dataOf(event);
  if (data === undefined) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    // Not JSON: passed on as it is, and read as text where it is an error.
    return data;
  }
}

/** Does the key stand anywhere with a value other than null? */
function hasValue(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + key.length)) {
    const first = valueAt(text, at + key.length);
    if (first < text.length && text.charCodeAt(first) !== LETTER_N) return true;
  }
  return false;
}

/** Where the value after a key begins: past colon and spaces. */
function valueAt(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === COLON || text.charCodeAt(at) === SPACE) at++;
  return at;
}

function textBytesIn(text: string): number {
  let bytes = 0;
  for (const key of TEXT_KEYS) bytes += stringBytes(text, key);
  // Content in parts keeps its text one level down.
  return bytes > 0 ? bytes : stringBytes(text, '"text"');
}

/** Length of the strings that stand under a key, escapes counted as written. */
function stringBytes(text: string, key: string): number {
  let bytes = 0;
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + key.length)) {
    const open = valueAt(text, at + key.length);
    if (text.charCodeAt(open) !== QUOTE) continue;
    let close = open + 1;
    while (close < text.length && text.charCodeAt(close) !== QUOTE) close += text.charCodeAt(close) === BACKSLASH ? 2 : 1;
    bytes += close - open - 1;
  }
  return bytes;
}
