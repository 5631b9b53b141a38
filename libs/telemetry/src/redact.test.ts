import { expect, test } from 'vitest';
import { CENSORED, redact } from './redact.ts';

test('keys that name a secret or a conversation lose their value at any depth and in any case', () => {
  expect(redact({
    Authorization: 'Bearer sk-1', request: { headers: { 'X-Api-Key': 'sk-2' }, list: [{ messages: [{ role: 'user' }] }] }, status: 200,
  })).toEqual({
    Authorization: CENSORED, request: { headers: { 'X-Api-Key': CENSORED }, list: [{ messages: CENSORED }] }, status: 200,
  });
});

test('an error is told with its causes, and without what libraries hang on it', () => {
  const inner = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', request: { data: 'planted' } });
  const shown = redact({ error: new Error('call failed', { cause: inner }) });
  expect(shown).toMatchObject({ error: { type: 'Error', message: 'call failed', cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' } } });
  expect(JSON.stringify(shown)).not.toContain('planted');
});

test('the members of an aggregate error are told', () => {
  const shown = redact({ error: new AggregateError([new Error('first'), new Error('second')], 'all failed') });
  expect(shown).toMatchObject({ error: { errors: [{ message: 'first' }, { message: 'second' }] } });
});

test('cycles, bytes and big integers do not break a line', () => {
  const cycle: Record<string, unknown> = { bytes: Buffer.from('planted'), big: 12n };
  cycle['self'] = cycle;
  const line = JSON.stringify(redact(cycle));
  expect(line).toContain('[7 bytes]');
  expect(line).toContain('"big":"12"');
  expect(line).toContain('[deep]');
});
