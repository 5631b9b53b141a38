import { expect, test } from 'vitest';
import { JsonTextError, MAX_DEPTH, members, removeMembers, replaceValues } from './json-text.ts';

const text = (value: string) => Buffer.from(value);

test('spans are those of the value alone, without the space around it', () => {
  const body = text(' { "a" :  1.0 , "b":"x"}\n');
  const [a, b] = members(body);
  expect(body.subarray(a?.valueStart, a?.valueEnd).toString()).toBe('1.0');
  expect(body.subarray(b?.valueStart, b?.valueEnd).toString()).toBe('"x"');
});

test('a replaced value leaves every other byte alone, numbers and white space included', () => {
  const body = text('{ "model":"fast", "temperature" : 1.0,\n"x":1e400 }');
  expect(replaceValues(body, members(body), 'model', '"m"').toString()).toBe('{ "model":"m", "temperature" : 1.0,\n"x":1e400 }');
});

test('every duplicate of a key is replaced, however its name is written', () => {
  const body = text(String.raw`{"model":1,"a":2,"mo\u0064el":3}`);
  expect(replaceValues(body, members(body), 'model', '"m"').toString()).toBe(String.raw`{"model":"m","a":2,"mo\u0064el":"m"}`);
});

test.each([
  ['{"s":1}', '{}'],
  ['{ "s" : 1 }', '{  }'],
  ['{"s":1,"a":2}', '{"a":2}'],
  ['{"a":2,"s":1}', '{"a":2}'],
  ['{"a":2, "s":1, "b":3}', '{"a":2, "b":3}'],
  ['{"s":0,"a":2,"s":1,"s":[2]}', '{"a":2}'],
  ['{"s":0,"s":1}', '{}'],
])('%s without s is %s', (given, left) => {
  const body = text(given);
  expect(removeMembers(body, members(body), 's').toString()).toBe(left);
});

test('text that has no such member is the same buffer', () => {
  const body = text('{"a":1}');
  expect(removeMembers(body, members(body), 's')).toBe(body);
  expect(replaceValues(body, members(body), 's', '1')).toBe(body);
});

test.each([
  ['', 0], ['[]', 0], ['{"a":1', 6], ['{"a":1,}', 7], ['{"a" 1}', 5], ['{a:1}', 1], ['{"a":01}', 6], ['{"a":.5}', 5], ['{"a":1.}', 7],
  ['{"a":+1}', 5], ['{"a":nul}', 5], ['{"a":"\n"}', 6], ['{"a":"\\x"}', 6], ['{"a":"\\u12g4"}', 6], ['{"a":1} x', 8], ['{"a":[1,]}', 8],
  ['\ufeff{}', 0], ["{'a':1}", 1], ['{"a":"', 6], ['{"a":1e}', 7],
])('%j is refused at byte %i', (given, offset) => {
  expect(() => members(text(given))).toThrow(JsonTextError);
  try {
    members(text(given));
  } catch (error) {
    expect(error).toMatchObject({ offset });
  }
});

test('text that is not UTF-8 is refused where that begins', () => {
  const bad = Buffer.concat([text('{"a":"é'), Buffer.from([0xff]), text('"}')]);
  expect(() => members(bad)).toThrow('not UTF-8 at byte 8');
});

test('nesting is bounded, and a hundred thousand brackets do not overflow the stack', () => {
  const nested = (depth: number) => text(`{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`);
  expect(members(nested(MAX_DEPTH))).toHaveLength(1);
  expect(() => members(nested(MAX_DEPTH + 1))).toThrow('nested deeper than 128');
  expect(() => members(nested(100_000))).toThrow('nested deeper than 128');
});
