/** Judges by JSON Schemas that were generated from the official SDKs' types, closed for unknown keys. */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/** Names of the types in `judged.ts`. */
export const JUDGED = ['ChatRequest', 'ChatAnswer', 'ResponsesRequest', 'ResponsesAnswer', 'MessagesRequest', 'MessagesAnswer', 'GeminiRequest'] as const;
export type Judged = (typeof JUDGED)[number];

/** What is wrong with a value, each with the place where; nothing when it is right. */
export type Judge = (value: unknown) => readonly string[];

const compiled = new Map<Judged, ValidateFunction>();

export function judgeBySchema(name: Judged): Judge {
  return (value) => {
    const validate = compiled.get(name) ?? compile(name);
    compiled.set(name, validate);
    return validate(value) ? [] : deepest(validate.errors ?? []);
  };
}

/** `libs/testkit/schemas`, beside `src` and `dist` alike. */
export const schemaFile = (name: Judged): URL => new URL(`../../schemas/${name}.json`, import.meta.url);

function compile(name: Judged): ValidateFunction {
  const schema: unknown = JSON.parse(readFileSync(schemaFile(name), 'utf8'));
  return new Ajv({ allErrors: true, strict: false }).compile(schema as object); // our own file: a schema is an object
}

const SHOWN = 4;

/** A union fails in all of its branches: what is told is the branch that was meant, and in it what went in deepest. */
function deepest(errors: readonly ErrorObject[]): readonly string[] {
  const meant = errors.filter((error) => !wrongBranches(errors).some(({ definition, at }) =>
    error.schemaPath.startsWith(`${definition}/`) && error.instancePath.startsWith(at)));
  const told = meant.length > 0 ? meant : errors;
  const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length;
  const most = Math.max(...told.map(depth));
  return [...new Set(told.filter((error) => depth(error) === most).map(inWords))].slice(0, SHOWN);
}

/** A branch whose `type` or `role` is another was not meant. */
function wrongBranches(errors: readonly ErrorObject[]): readonly { readonly definition: string; readonly at: string }[] {
  return errors
    .filter(({ keyword, instancePath }) => (keyword === 'const' || keyword === 'enum') && /\/(type|role)$/.test(instancePath))
    .map(({ schemaPath, instancePath }) => ({
      definition: schemaPath.replace(/\/properties\/(type|role)\/(const|enum)$/, ''), at: instancePath.replace(/\/(type|role)$/, ''),
    }));
}

function inWords({ instancePath, message, params }: ErrorObject): string {
  const key: unknown = params['additionalProperty'];
  return `${instancePath || '/'} ${message ?? 'is wrong'}${typeof key === 'string' ? ` (${key})` : ''}`;
}
