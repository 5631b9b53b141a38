/**
 * JSON as a tree that knows how it was written: every node can give back its own text, so that a schema, the arguments of a call or
 * a number reach the other format as they came (`1.0`, keys that stand twice, halves of surrogate pairs), and every node knows its
 * path, so that whatever is said about it names it in the client's words.
 */
import { MAX_DEPTH } from './json-text.ts';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

export interface JsonNode {
  readonly kind: JsonKind;
  /** Of a string, number or boolean; null for the others. */
  readonly value: string | number | boolean | null;
  /** Of an object, in order; of keys that stand twice the last, as `JSON.parse` has it. */
  readonly members: ReadonlyMap<string, JsonNode>;
  /** Of an array. */
  readonly items: readonly JsonNode[];
  readonly parent: JsonNode | null;
  readonly step: string | number;
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

/** The tree of a text, or undefined where it is no JSON or nested too deeply. */
export function readJson(source: string): JsonNode | undefined {
  try {
    JSON.parse(source);
  } catch {
    return undefined; // The caller says what that means; from here on the grammar is known to hold.
  }
  const place = { source, at: 0 };
  skipSpace(place);
  return readValue(place, { parent: null, step: '', depth: 0 });
}

/** The member or item, unless it is absent or null. Nothing of nothing is nothing. */
export function get(node: JsonNode | undefined, step: string | number): JsonNode | undefined {
  const found = typeof step === 'number' ? node?.items[step] : node?.members.get(step);
  return found === undefined || found.kind === 'null' ? undefined : found;
}

export const stringOf = (node: JsonNode | undefined): string | undefined => (typeof node?.value === 'string' ? node.value : undefined);
export const numberOf = (node: JsonNode | undefined): number | undefined => (typeof node?.value === 'number' ? node.value : undefined);
export const isTrue = (node: JsonNode | undefined): boolean => node?.value === true;

/** The node as it was written. */
export const textOf = (node: JsonNode): string => node.source.slice(node.start, node.end);

/** `messages[0].content`; the root is `''`. */
export function pathOf(node: JsonNode): string {
  if (!node.parent) return '';
  const before = pathOf(node.parent);
  if (typeof node.step === 'number') return `${before}[${node.step}]`;
  return before === '' ? node.step : `${before}.${node.step}`;
}

interface Place {
  readonly source: string;
  at: number;
}

interface Under {
  readonly parent: JsonNode | null;
  readonly step: string | number;
  readonly depth: number;
}

const NO_MEMBERS: ReadonlyMap<string, JsonNode> = new Map();
const NO_ITEMS: readonly JsonNode[] = [];

function readValue(place: Place, under: Under): JsonNode | undefined {
  switch (place.source[place.at]) {
    case '{': return readObject(place, under);
    case '[': return readArray(place, under);
    case '"': {
      const start = place.at;
      return leaf(place, under, { kind: 'string', value: readString(place), start });
    }
    default: return readWord(place, under);
  }
}

/** Written out: every node has its members in one order, so that engines keep one layout for all of them, which is several times as fast. */
function leaf({ source, at }: Place, { parent, step }: Under, { kind, value, start }: Pick<JsonNode, 'kind' | 'value' | 'start'>): JsonNode {
  return { kind, value, members: NO_MEMBERS, items: NO_ITEMS, parent, step, source, start, end: at };
}

function readObject(place: Place, { parent, step, depth }: Under): JsonNode | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const members = new Map<string, JsonNode>();
  const node = { kind: 'object' as const, value: null, members, items: NO_ITEMS, parent, step, source: place.source, start: place.at, end: 0 };
  place.at++;
  for (skipSpace(place); place.source[place.at] !== '}'; skipSpace(place)) {
    const key = readString(place);
    skipSpace(place);
    place.at++; // the colon
    skipSpace(place);
    const value = readValue(place, { parent: node, step: key, depth: depth + 1 });
    if (!value) return undefined;
    members.set(key, value);
    skipComma(place);
  }
  node.end = ++place.at;
  return node;
}

function readArray(place: Place, { parent, step, depth }: Under): JsonNode | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const items: JsonNode[] = [];
  const node = { kind: 'array' as const, value: null, members: NO_MEMBERS, items, parent, step, source: place.source, start: place.at, end: 0 };
  place.at++;
  for (skipSpace(place); place.source[place.at] !== ']'; skipSpace(place)) {
    const value = readValue(place, { parent: node, step: items.length, depth: depth + 1 });
    if (!value) return undefined;
    items.push(value);
    skipComma(place);
  }
  node.end = ++place.at;
  return node;
}

/** By the native search: strings are most of what a text is. */
function readString(place: Place): string {
  const { source, at: start } = place;
  let end = source.indexOf('"', start + 1);
  while (isEscaped(source, end)) end = source.indexOf('"', end + 1);
  place.at = end + 1;
  const inner = source.slice(start + 1, end);
  return inner.includes('\\') ? (JSON.parse(source.slice(start, end + 1)) as string) : inner; // a JSON string parses to a string
}

/** Behind an odd number of backslashes. */
function isEscaped(source: string, at: number): boolean {
  let before = at - 1;
  while (source.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

const BACKSLASH = 0x5c;

const WORD = /[^\s,\]}]+/y;

function readWord(place: Place, under: Under): JsonNode {
  const start = place.at;
  WORD.lastIndex = start;
  const word = WORD.exec(place.source)?.[0] ?? '';
  place.at = start + word.length;
  switch (word) {
    case 'null': return leaf(place, under, { kind: 'null', value: null, start });
    case 'true': return leaf(place, under, { kind: 'boolean', value: true, start });
    case 'false': return leaf(place, under, { kind: 'boolean', value: false, start });
    default: return leaf(place, under, { kind: 'number', value: Number(word), start });
  }
}

function skipSpace(place: Place): void {
  while (isSpace(place.source.charCodeAt(place.at))) place.at++;
}

function skipComma(place: Place): void {
  skipSpace(place);
  if (place.source[place.at] === ',') place.at++;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
