/** JSON as facts need it: parsed, and for each object and array the text it was written as. */
import { compactJson } from '../recordings/raw-json.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The compact text of every object and array that `parseJson` has made. */
const texts = new WeakMap<object, string>();

/** As `JSON.parse`. @throws SyntaxError */
export function parseJson(text: string): unknown {
  const compact = compactJson(text);
  const parsed: unknown = JSON.parse(compact);
  if (typeof parsed === 'object' && parsed !== null) remember(parsed, compact, 0);
  return parsed;
}

/** As it was written, without white space between tokens: `1.0` is `1.0`. */
export const textOf = (value: object): string => texts.get(value) ?? JSON.stringify(value);

/** A value that was put together from parsed ones, as text: what stands in it unchanged is written as it was. */
export function written(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const known = texts.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`;
}

/** The same text for the same meaning: keys in order, numbers as JavaScript writes them. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).filter((key) => value[key] !== undefined).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** White space between tokens taken out, or the text itself where it is no JSON. */
export function compactText(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return compactJson(text);
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const stringIn = (value: unknown): string => (typeof value === 'string' ? value : '');
export const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Walks the value and its compact text side by side; gives the offset behind the value. */
function remember(value: unknown, text: string, start: number): number {
  const first = text.charAt(start);
  if (first !== '{' && first !== '[') return endOfScalar(text, start);
  let at = start + 1;
  const object = objectIn(value);
  for (let index = 0; text.charAt(at) !== '}' && text.charAt(at) !== ']'; index++) {
    if (text.charAt(at) === ',') at += 1;
    let member = listIn(value)[index];
    if (first === '{') {
      const end = endOfScalar(text, at);
      member = object[JSON.parse(text.slice(at, end)) as string]; // a member's name is a JSON string
      at = end + 1;
    }
    at = remember(member, text, at);
  }
  if (typeof value === 'object' && value !== null) texts.set(value, text.slice(start, at + 1));
  return at + 1;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  if (text.charAt(at) !== '"') {
    while (at < text.length && !',]}'.includes(text.charAt(at))) at += 1;
    return at;
  }
  for (at += 1; text.charAt(at) !== '"'; at += 1) if (text.charAt(at) === '\\') at += 1;
  return at + 1;
}
