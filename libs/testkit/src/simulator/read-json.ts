/** Reading small hand-written JSON (scripts, limits): each error names its place and what belongs there. */
import { SluiceError } from '@sluice/domain';

export interface Fields {
  has(name: string): boolean;
  names(): readonly string[];
  raw(name: string): unknown;
  text(name: string): string;
  /** Not negative. */
  number(name: string): number;
  /** Those of the names that are there. */
  optionalNumbers<Name extends string>(names: readonly Name[]): Some<Name, number>;
  optionalRaw<Name extends string>(name: Name): Some<Name, unknown>;
}

type Some<Name extends string, Value> = { readonly [name in Name]?: Value };

export const bad = (place: string, expected: string): SluiceError =>
  new SluiceError('invalid_request', `${place}: expected ${expected}`, { param: place });

/** With `allowed`, any other field is refused by name: a misspelt one would silently do nothing. */
export function fieldsOf(json: unknown, place: string, allowed?: readonly string[]): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw bad(place, 'an object');
  const values = new Map<string, unknown>(Object.entries(json));
  const stranger = allowed && [...values.keys()].find((name) => !allowed.includes(name));
  if (stranger !== undefined) throw bad(`${place}.${stranger}`, `nothing of that name, but one of ${allowed?.join(', ') ?? ''}`);
  const number = (name: string): number => {
    const value = values.get(name);
    if (typeof value !== 'number' || !(value >= 0)) throw bad(`${place}.${name}`, 'a number that is not negative');
    return value;
  };
  return {
    has: (name) => values.has(name),
    names: () => [...values.keys()],
    raw: (name) => values.get(name),
    text(name) {
      const value = values.get(name);
      if (typeof value !== 'string') throw bad(`${place}.${name}`, 'a text');
      return value;
    },
    number,
    // Object.fromEntries forgets which names it was given; they are those of `names` that are there.
    optionalNumbers: <Name extends string>(names: readonly Name[]) =>
      Object.fromEntries(names.filter((name) => values.has(name)).map((name) => [name, number(name)])) as Some<Name, number>,
    optionalRaw: <Name extends string>(name: Name) =>
      (values.has(name) ? { [name]: values.get(name) } : {}) as Some<Name, unknown>,
  };
}
