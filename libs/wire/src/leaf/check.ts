/**
 * Small checks that a parsed JSON value is put through, and the words in which they refuse it.
 *
 * They are plain functions instead of a schema library's because a request is checked on the hot path (a few µs for 1 kB,
 * nothing is copied), and because a client is to read `messages[0].content: expected a string, received a number`, not a
 * list of the branches of a union that did not fit.
 */

/** What is wrong, and where, in the client's own words: `messages[0].content`. Never holds the value itself. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** The issue with this value, its path counted from the value (`''` is the value itself, `.a` and `[0]` lead inside). */
export type Check = (value: unknown) => Issue | undefined;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export const expected = (wanted: string, value: unknown): Issue => ({ path: '', message: `expected ${wanted}, received ${kindOf(value)}` });

export const string: Check = (value) => (typeof value === 'string' ? undefined : expected('a string', value));

export const name: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : expected('a non-empty string', value));

/** The name of a model. */
export const modelName: Check = (value) =>
  typeof value === 'string' && value !== '' && value.length <= 512 ? undefined : expected('the name of a model, at most 512 characters', value);

export const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : expected('true or false', value));

export const object: Check = (value) => (isObject(value) ? undefined : expected('an object', value));

export const number = (least: number, most: number): Check => (value) =>
  typeof value === 'number' && value >= least && value <= most ? undefined : expected(`a number from ${least} to ${most}`, value);

export const integer = (least: number, most: number): Check => (value) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most // isInteger: it is a number
    ? undefined
    : expected(`an integer from ${least} to ${most}`, value);

export const listOf = (item: Check): Check => (value) => {
  if (!Array.isArray(value)) return expected('an array', value);
  for (let index = 0; index < value.length; index++) {
    const issue = item(value[index]);
    if (issue) return inside(`[${index}]`, issue);
  }
  return undefined;
};

export const mapOf = (item: Check): Check => (value) => {
  if (!isObject(value)) return expected('an object', value);
  for (const key of Object.keys(value)) {
    const issue = item(value[key]);
    if (issue) return inside(`.${shown(key)}`, issue);
  }
  return undefined;
};

/** An object: the `required` members must be there, the `optional` may also be null, all others are nobody's business. */
export const shape = (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>>): Check => {
  const must = Object.entries(required);
  const may = Object.entries(optional);
  return (value) => {
    if (!isObject(value)) return expected('an object', value);
    for (const [key, check] of must) {
      const issue = value[key] === undefined ? MISSING : check(value[key]);
      if (issue) return inside(`.${key}`, issue);
    }
    for (const [key, check] of may) {
      const member = value[key];
      const issue = member === undefined || member === null ? undefined : check(member);
      if (issue) return inside(`.${key}`, issue);
    }
    return undefined;
  };
};

/** The first check whose kind of value this is decides; `wanted` names them all where it is none. */
export const either = (wanted: string, choices: { string?: Check; array?: Check; object?: Check }): Check => (value) => {
  const check = typeof value === 'string' ? choices.string : Array.isArray(value) ? choices.array : isObject(value) ? choices.object : undefined;
  return check ? check(value) : expected(wanted, value);
};

export const inside = (step: string, issue: Issue): Issue => ({ path: step + issue.path, message: issue.message });

const MISSING: Issue = { path: '', message: 'is required' };

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'number') return `the number ${value}`;
  if (value === '') return 'an empty string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A key of the client's own making, fit to be read in one line. */
const shown = (key: string): string => key.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
