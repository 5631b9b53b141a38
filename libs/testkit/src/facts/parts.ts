/** Facts that every format's reader makes alike. */
import type { Fact, Role } from './fact.ts';
import { canonical, isObject, objectIn, stringIn, textOf, type JsonObject } from './json.ts';

/** None for an empty text: no format keeps one. */
export const textFact = (path: string, role: Role, value: unknown): readonly Fact[] =>
  typeof value === 'string' && value !== '' ? [{ path, kind: 'text', role, text: value }] : [];

export const thinkingFact = (path: string, value: unknown): readonly Fact[] =>
  typeof value === 'string' && value !== '' ? [{ path, kind: 'thinking', text: value }] : [];

/** A value that another format gave away is tagged `sluice1.<family>.<value>`; in its own it stands as it is. */
export function replayFact(path: string, family: string, value: unknown): readonly Fact[] {
  if (typeof value !== 'string' || value === '') return [];
  const tagged = /^sluice1\.([a-z]+)\.([\s\S]*)$/.exec(value);
  return [{ path, kind: 'replay', family: tagged?.[1] ?? family, value: tagged?.[2] ?? value }];
}

export const foreignFact = (path: string, role: Role, part: unknown): readonly Fact[] => [
  { path, kind: 'foreign', role, type: stringIn(objectIn(part)['type']) || 'unknown', raw: isObject(part) ? textOf(part) : canonical(part) },
];

/** Media by URL; a data URL is the content itself. `type` is taken where the URL does not say it. */
export function urlFact(place: { readonly path: string; readonly role: Role }, url: unknown, type: string): Fact {
  const data = /^data:([^;,]*)[^,]*;base64,([\s\S]*)$/.exec(stringIn(url));
  if (data) return { ...place, kind: 'media', type: data[1] || type, source: { base64: data[2] ?? '' } };
  return { ...place, kind: 'media', type: kindOf(type), source: { url: stringIn(url) } };
}

/** Of media that a URL or an id points to, only the kind is known: `image/*`. */
export const kindOf = (type: string): string => `${type.split('/')[0] ?? type}/*`;

export const settingFact = (path: string, name: string, value: unknown): readonly Fact[] =>
  value === undefined || value === null ? [] : [{ path, kind: 'setting', name, value: canonical(value) }];

export const toolFact = (path: string, tool: JsonObject, schema: unknown): Fact => ({
  path, kind: 'tool', name: stringIn(tool['name']), description: stringIn(tool['description']), schema: canonical(schema ?? {}),
});

/** One fact for each member that is not `known`, but for those that are null. */
export const detailFacts = ({ path, of }: { readonly path: string; readonly of: string }, value: JsonObject, known: readonly string[]): readonly Fact[] =>
  Object.entries(value).flatMap(([name, member]): readonly Fact[] =>
    known.includes(name) || member === null || member === undefined
      ? []
      : [{ path: `${path}.${name}`, kind: 'detail', of, name, value: canonical(member) }]);

/** A tool that the provider runs itself, which formats name differently. */
export const hostedFacts = ({ path, name }: { readonly path: string; readonly name: string }, tool: JsonObject, known: readonly string[]): readonly Fact[] =>
  [...settingFact(path, `hosted.${name}`, true), ...detailFacts({ path, of: 'hosted' }, tool, known)];

/** `cache_control` of whatever carries one. */
export function cacheFact(path: string, behind: string, value: JsonObject): readonly Fact[] {
  const mark = value['cache_control'];
  return isObject(mark) ? [{ path: `${path}.cache_control`, kind: 'cache', behind, ttl: stringIn(mark['ttl']) || '5m' }] : [];
}

/** Settings by a table of known names; what it does not know is the format's own (`field:…`). */
export function settingFacts(
  body: JsonObject,
  known: Readonly<Record<string, ((value: unknown, path: string) => readonly Fact[]) | string | null>>,
  inside = '',
): readonly Fact[] {
  return Object.entries(body).flatMap(([key, value]): readonly Fact[] => {
    const path = inside === '' ? key : `${inside}.${key}`;
    const reading = Object.hasOwn(known, key) ? known[key] : `field:${path}`;
    if (reading === null || reading === undefined || value === null) return [];
    return typeof reading === 'string' ? settingFact(path, reading, value) : reading(value, path);
  });
}

/** Tool choice: `"auto"`, `"none"`, `"required"`, `{"tool":NAME}` or `{"tools":[…]}`. */
export const toolChoice = (path: string, choice: string | { readonly tool: string } | { readonly tools: readonly string[] }): readonly Fact[] =>
  settingFact(path, 'tool_choice', choice);

/** No penalty is what there is without one. */
export function unlessZero(name: string) {
  return (value: unknown, path: string): readonly Fact[] => (value === 0 ? [] : settingFact(path, name, value));
}

/** Text alone is what there is without a word. */
export function modalityFacts(value: unknown, path: string): readonly Fact[] {
  const names = (Array.isArray(value) ? value : []).map((name) => String(name).toLowerCase()).sort();
  return names.join() === 'text' || names.length === 0 ? [] : settingFact(path, 'modalities', names);
}

/** A stop is a list, whatever it was written as. */
export const stopFact = (value: unknown, path: string): readonly Fact[] => settingFact(path, 'stop', Array.isArray(value) ? value : [value]);
