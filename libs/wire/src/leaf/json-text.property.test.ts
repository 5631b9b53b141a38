import fc from 'fast-check';
import { expect, test } from 'vitest';
import { members, removeMembers, replaceValues } from './json-text.ts';

const key = fc.oneof(fc.constantFrom('model', 'sluice', '__proto__', '"', '\\'), fc.string({ unit: 'grapheme', maxLength: 5 }));
const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8 });
const spaced = fc.tuple(object, fc.constantFrom(undefined, 1, '\t', '\r\n')).map(([value, space]) => JSON.stringify(value, null, space));
/** Objects as text, so that a key may stand twice. */
const doubled = fc.array(fc.tuple(key, fc.jsonValue({ maxDepth: 2 })), { maxLength: 8 })
  .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(' , ')}}`);

const parsed = (text: Buffer): Record<string, unknown> => JSON.parse(text.toString()) as Record<string, unknown>;

test('keys and values are those that JSON.parse finds', () => {
  fc.assert(fc.property(fc.oneof(spaced, doubled), (json) => {
    const text = Buffer.from(json);
    const found = new Map(members(text).map((m) => [m.key, JSON.parse(text.toString('utf8', m.valueStart, m.valueEnd)) as unknown]));
    const wanted = parsed(text);
    expect([...found.keys()].sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, value] of found) expect(value).toEqual(wanted[name]);
  }));
});

test('text is accepted exactly where JSON.parse makes an object of it', () => {
  const broken = fc.tuple(fc.oneof(spaced, doubled), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '0', '-', '\u0000', ' ', 'e', '.', '[', '{'), fc.nat(2))
    .map(([json, at, put, cut]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + put + json.slice(place + cut);
    });
  fc.assert(fc.property(broken, (json) => {
    const text = Buffer.from(json);
    expect(succeeds(() => members(text))).toBe(succeeds(() => asObject(JSON.parse(text.toString()))));
  }), { numRuns: 2_000 });
});

test('removing a key leaves what deleting it would leave', () => {
  fc.assert(fc.property(fc.oneof(spaced, doubled), key, (json, name) => {
    const text = Buffer.from(json);
    const wanted = parsed(text);
    delete wanted[name];
    expect(parsed(removeMembers(text, members(text), name))).toEqual(wanted);
  }));
});

test('replacing a key changes it and nothing else', () => {
  fc.assert(fc.property(fc.oneof(spaced, doubled), key, fc.jsonValue(), (json, name, value) => {
    const text = Buffer.from(json);
    const wanted = parsed(text);
    const put = JSON.stringify(value);
    if (Object.hasOwn(wanted, name)) Object.defineProperty(wanted, name, { value: JSON.parse(put) as unknown });
    expect(parsed(replaceValues(text, members(text), name, put))).toEqual(wanted);
  }));
});

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value;
}
