/** Judges a Converse request by the schema that the SDK itself serialises with, closed for unknown keys. */
import { ConverseRequest$ } from '@aws-sdk/client-bedrock-runtime';
import type { Judge } from './schema-judge.ts';

/** In the body the model is not: it stands in the path. */
const IN_PATH = 'modelId';

export const judgeConverseRequest: Judge = (value) => problemsOf(value, ConverseRequest$, '');

/** The SDK's runtime notation: what is not an array is a number for a simple type, or a function that gives the schema. */
const [LIST, MAP, STRUCTURE, UNION] = [1, 2, 3, 4];
const [STRING, NUMERIC, BOOLEAN, DOCUMENT, STREAMING_BLOB, BLOB] = [0, 1, 2, 15, 42, 21];
const LIST_OF = 64;
const MAP_OF = 128;

function problemsOf(value: unknown, notation: unknown, path: string): readonly string[] {
  const schema = resolved(notation);
  if (typeof schema === 'number') return problemsOfSimple(value, schema, path);
  if (!Array.isArray(schema)) return [`${path}: the SDK's schema cannot be read`];
  const [kind, , , , first, second, required]: readonly unknown[] = schema;
  switch (kind) {
    case LIST: return eachOf(value, first, path);
    case MAP: return valuesOf(value, second, path);
    case UNION:
    case STRUCTURE:
      return members(value, { names: stringsIn(first), schemas: Array.isArray(second) ? second : [], required: Number(required ?? 0), one: kind === UNION }, path);
    case 0: return problemsOf(value, first, path);
    default: return [`${path}: the SDK's schema has an unknown kind ${String(kind)}`];
  }
}

/** A reference is a function; traits may stand beside it, in a pair. */
function resolved(notation: unknown): unknown {
  if (typeof notation === 'function') return resolved((notation as () => unknown)()); // the SDK's references take nothing
  if (Array.isArray(notation) && notation.length === 2) return resolved(notation[0]);
  return notation;
}

interface Members {
  readonly names: readonly string[];
  readonly schemas: readonly unknown[];
  /** So many of the names, from the first, must be there. */
  readonly required: number;
  /** Exactly one of them may be there. */
  readonly one: boolean;
}

function members(value: unknown, { names, schemas, required, one }: Members, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path || '/'} must be an object`];
  const given = Object.entries(value).filter(([, member]) => member !== null);
  const missing = names.slice(0, required).filter((name) => name !== IN_PATH && !given.some(([key]) => key === name));
  return [
    ...missing.map((name) => `${path || '/'} must have ${name}`),
    ...(one && given.length !== 1 ? [`${path} must have exactly one member`] : []),
    ...given.flatMap(([key, member]) => {
      const at = names.indexOf(key);
      return at < 0 || key === IN_PATH ? [`${path || '/'} must not have ${key}`] : problemsOf(member, schemas[at], `${path}/${key}`);
    }),
  ];
}

function problemsOfSimple(value: unknown, schema: number, path: string): readonly string[] {
  if (schema >= MAP_OF) return valuesOf(value, schema - MAP_OF, path);
  if (schema >= LIST_OF) return eachOf(value, schema - LIST_OF, path);
  switch (schema) {
    case STRING: return typeof value === 'string' ? [] : [`${path} must be a string`];
    case NUMERIC: return typeof value === 'number' ? [] : [`${path} must be a number`];
    case BOOLEAN: return typeof value === 'boolean' ? [] : [`${path} must be true or false`];
    case BLOB:
    case STREAMING_BLOB:
      return typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? [] : [`${path} must be base64`];
    case DOCUMENT: return [];
    default: return [`${path}: the SDK's schema has an unknown simple type ${schema}`];
  }
}

const eachOf = (value: unknown, schema: unknown, path: string): readonly string[] =>
  Array.isArray(value) ? value.flatMap((item, index) => problemsOf(item, schema, `${path}/${index}`)) : [`${path} must be an array`];

const valuesOf = (value: unknown, schema: unknown, path: string): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, member]) => problemsOf(member, schema, `${path}/${key}`))
    : [`${path} must be an object`];

const stringsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []);
