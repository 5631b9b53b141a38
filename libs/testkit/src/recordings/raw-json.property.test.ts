import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compactJson, rawMember } from './raw-json.ts';

const anyJson = fc.jsonValue({ maxDepth: 4 });

test('a member is found as it was written, whatever stands around it', () =>
  fc.assert(fc.property(anyJson, anyJson, fc.string(), (before, value, name) => {
    const asWritten = JSON.stringify(value, null, 1);
    const json = `{ "a" : ${JSON.stringify(before, null, 2)} ,\n "r" : {"x":1, ${JSON.stringify(`${name}!`)}:${asWritten}} }`;
    expect(rawMember(json, ['r', `${name}!`])).toBe(asWritten);
  })));

test('compact JSON is what was meant, without white space between tokens', () =>
  fc.assert(fc.property(anyJson, (value) => {
    expect(compactJson(JSON.stringify(value, null, 2))).toBe(JSON.stringify(value));
  })));

test('numbers and escapes stay as they were written', () => {
  const written = '{ "a": 1.0, "b": 1e3, "c": "\\u00e9 \\" x", "d": 12345678901234567890 }';
  expect(compactJson(written)).toBe('{"a":1.0,"b":1e3,"c":"\\u00e9 \\" x","d":12345678901234567890}');
});

test('what is not there is undefined', () => {
  expect(rawMember('{"a":{"b":1}}', ['a', 'c'])).toBeUndefined();
  expect(rawMember('{"a":3}', ['a', 'b'])).toBeUndefined();
  expect(rawMember('{}', ['a'])).toBeUndefined();
});
