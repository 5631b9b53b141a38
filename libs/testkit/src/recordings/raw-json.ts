/**
 * The text of one value inside a JSON text, with its numbers and escapes as they were written: parsing and writing again
 * would turn 1.0 into 1, and a recording is only worth something byte by byte. Both functions take valid JSON.
 */

const SPACE = new Set([' ', '\n', '\r', '\t']);

/** The text of the member at a path of names, or undefined when it is not there. */
export function rawMember(json: string, path: readonly string[]): string | undefined {
  let at = skipSpace(json, 0);
  for (const name of path) {
    const found = findMember(json, at, name);
    if (found === undefined) return undefined;
    at = found;
  }
  return json.slice(at, endOfValue(json, at));
}

/** Without the white space between tokens. */
export function compactJson(json: string): string {
  let compact = '';
  let at = 0;
  while (at < json.length) {
    const character = json.charAt(at);
    const end = character === '"' ? endOfString(json, at) : at + 1;
    if (!SPACE.has(character)) compact += json.slice(at, end);
    at = end;
  }
  return compact;
}

function findMember(json: string, objectAt: number, name: string): number | undefined {
  if (json.charAt(objectAt) !== '{') return undefined;
  let at = skipSpace(json, objectAt + 1);
  while (json.charAt(at) === '"') {
    const endOfName = endOfString(json, at);
    const isIt = JSON.parse(json.slice(at, endOfName)) === name;
    const valueAt = skipSpace(json, skipSpace(json, endOfName) + 1);
    if (isIt) return valueAt;
    at = skipSpace(json, endOfValue(json, valueAt));
    if (json.charAt(at) === ',') at = skipSpace(json, at + 1);
  }
  return undefined;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (SPACE.has(json.charAt(at))) at += 1;
  return at;
}

function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json.charAt(at) !== '"') at += json.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(json: string, from: number): number {
  const first = json.charAt(from);
  if (first === '"') return endOfString(json, from);
  let at = from;
  if (first !== '{' && first !== '[') {
    while (at < json.length && !/[\s,\]}]/.test(json.charAt(at))) at += 1;
    return at;
  }
  let depth = 0;
  do {
    const character = json.charAt(at);
    if (character === '"') {
      at = endOfString(json, at);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  } while (depth > 0);
  return at;
}
