/** One value of what Sluice adds, read strictly: from a header as text, from an object as JSON. */
import { SluiceError } from '@sluice/domain';
import { isObject } from '@sluice/wire';

export interface Found {
  readonly value: unknown;
  /** The header, or the path of the field, as the client wrote it. */
  readonly param: string;
  readonly text: boolean;
}

const MOST_TAGS = 16;
const MOST_CHARACTERS = 256;
/** A job lives this long at most. */
const MOST_MS = 24 * 60 * 60_000;

/** Printable, so that it can stand in a header, a log line and a search. */
export function readName({ value, param }: Found): string {
  if (typeof value !== 'string' || value === '') throw wrong(param, 'expected a non-empty string');
  if (value.length > MOST_CHARACTERS || /[^\x20-\x7e\u00a0-\uffff]/.test(value)) {
    throw wrong(param, `expected at most ${MOST_CHARACTERS} printable characters`);
  }
  return value;
}

export function readMilliseconds({ value, param, text }: Found): number {
  const ms = text && typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0 || ms > MOST_MS) {
    throw wrong(param, `expected whole milliseconds from 0 to ${MOST_MS}`);
  }
  return ms;
}

/** RFC 3339, or seconds from now. Epoch ms. */
export function readDeadline({ value, param, text }: Found, now: number): number {
  const given = text && typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  const at = typeof given === 'number' ? now + given * 1_000 : typeof given === 'string' && RFC_3339.test(given) ? Date.parse(given) : Number.NaN;
  if (!Number.isFinite(at)) throw wrong(param, 'expected a time as in RFC 3339, or seconds');
  if (at <= now) throw wrong(param, 'is already past');
  return Math.min(at, now + MOST_MS);
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** A header has them separated by commas. */
export function readTags(found: Found | undefined): readonly string[] {
  if (!found) return [];
  const { value, param } = found;
  const tags: unknown = typeof value === 'string' ? value.split(',').map((tag) => tag.trim()).filter((tag) => tag !== '') : value;
  if (!Array.isArray(tags)) throw wrong(param, 'expected an array of strings');
  if (tags.length > MOST_TAGS) throw wrong(param, `expected at most ${MOST_TAGS} tags`);
  return tags.map((tag: unknown, index) => readName({ value: tag, param: `${param}[${index}]`, text: false }));
}

export function readMetadata(found: Found | undefined): Readonly<Record<string, string>> {
  if (!found) return {};
  const { value, param } = found;
  if (!isObject(value)) throw wrong(param, 'expected an object of strings');
  const entries = Object.entries(value);
  if (entries.length > MOST_TAGS) throw wrong(param, `expected at most ${MOST_TAGS} entries`);
  return Object.fromEntries(entries.map(([key, each], index) => [
    readName({ value: key, param: `${param} (name ${index + 1})`, text: false }), readName({ value: each, param: `${param} (value ${index + 1})`, text: false }),
  ]));
}

export function readRoute(found: Found): number | string {
  const { value, param, text } = found;
  const index = text && typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  if (typeof index !== 'number') return readName(found);
  if (!Number.isInteger(index) || index < 0) throw wrong(param, 'expected the index or the name of a route');
  return index;
}

export function readFlag(found: Found | undefined, otherwise: boolean): boolean {
  if (!found) return otherwise;
  const { value, param } = found;
  const flag = found.text && typeof value === 'string' ? { true: true, 1: true, false: false, 0: false }[value.toLowerCase()] : value;
  if (typeof flag !== 'boolean') throw wrong(param, 'expected true or false');
  return flag;
}

const wrong = (param: string, what: string): SluiceError => new SluiceError('invalid_request', `${param}: ${what}`, { param });
