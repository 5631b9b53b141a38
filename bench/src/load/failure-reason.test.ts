import { expect, test } from 'vitest';
import { reasonOf } from './failure-reason.ts';

test('an error body is told by its code, so that equal refusals are counted together', () => {
  const body = (wait: number) => JSON.stringify({ error: { message: `try again in ${wait}s`, type: 'tokens', code: 'rate_limit_exceeded' } });
  expect(reasonOf(body(1))).toBe('rate_limit_exceeded');
  expect(reasonOf(body(2))).toBe(reasonOf(body(1)));
});

test('without a code its type is told, and what is no error body as it begins', () => {
  expect(reasonOf('{"error":{"type":"overloaded_error","code":null}}')).toBe('overloaded_error');
  expect(reasonOf('<html>\n bad gateway')).toBe('<html> bad gateway');
  expect(reasonOf('')).toBe('');
});
