/** Judges a native Gemini request by the SDK's types, after its members have got their names in camel case. */
import { camelised } from '../facts/camelise.ts';
import { isObject } from '../facts/json.ts';
import { judgeBySchema, type Judge } from './schema-judge.ts';

const bySchema = judgeBySchema('GeminiRequest');

export const judgeGeminiRequest: Judge = (value) => bySchema(renamed(value));

/** Under these stands the client's own JSON. */
const CLIENTS_OWN = ['parameters', 'parametersJsonSchema', 'responseSchema', 'responseJsonSchema', 'response', 'args', 'labels'];

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(camelised(value)).map(([name, member]) => {
    // The documentation writes levels in small letters, and so do requests that were answered.
    if (name === 'thinkingLevel' && typeof member === 'string') return [name, member.toUpperCase()];
    return [name, CLIENTS_OWN.includes(name) ? member : renamed(member)];
  }));
}
