import { expect, test } from 'vitest';
import { errorBody, errorEvent, providerErrorBody } from './error.ts';

const error = { message: 'too late', type: 'timeout_error', param: null, code: 'deadline_exceeded' };

test('the one error body has exactly the members that SDKs type', () => {
  expect(JSON.parse(errorBody(error, 'job_1'))).toEqual({ type: 'error', error, request_id: 'job_1' });
});

test('what the provider said stands beside our own words', () => {
  const said = { status: 500, code: 'x', message: 'boom', body: { error: { message: 'boom' } } };
  expect(JSON.parse(errorBody({ ...error, provider: said }, 'job_1'))).toMatchObject({ error: { ...error, provider: said } });
});

test('the event is one SSE event that a Chat client raises on', () => {
  const event = errorEvent({ ...error, message: 'two\nlines' });
  expect(event).toMatch(/^data: \{.*\}\n\n$/);
  expect(JSON.parse(event.slice(6))).toEqual({ error: { ...error, message: 'two\nlines' } });
});

test.each([
  [{ error: { message: 'm', type: 't', param: 'p', code: 7, extra: [1] } }, { message: 'm', type: 't', param: 'p', code: 7, extra: [1] }],
  [[{ error: { code: 400, message: 'm', status: 'INVALID_ARGUMENT' } }], { message: 'm', status: 'INVALID_ARGUMENT', type: 'invalid_request_error', param: null, code: 'c' }],
  [{ object: 'error', message: 'flat', code: '3051' }, { object: 'error', message: 'flat', code: '3051', type: 'invalid_request_error', param: null }],
  [{ error: 'only words' }, { message: 'only words', type: 'invalid_request_error', param: null, code: 'c' }],
  [undefined, { message: 'said', type: 'invalid_request_error', param: null, code: 'c' }],
])('a provider error %j keeps its error object, with a type', (body, shown) => {
  const said = { status: 400, code: 'c', message: 'said', ...(body === undefined ? {} : { body }) };
  expect(JSON.parse(providerErrorBody(said, 'job_1'))).toEqual({ type: 'error', error: shown, request_id: 'job_1' });
});
