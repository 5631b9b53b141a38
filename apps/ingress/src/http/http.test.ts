/** The words of HTTP: paths, browsers, headers and the error table. */
import type { EndError, ErrorCode, Job, Logger } from '@sluice/domain';
import { ERRORS, SluiceError } from '@sluice/domain';
import { describe, expect, test } from 'vitest';
import { answerHeaders, headerValue } from './answer-headers.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { endErrorOf, errorAnswer, refusalLastsMs } from './error-handler.ts';
import { normalPath } from './paths.ts';

test.each([
  ['/v1/chat/completions', '/chat/completions'], ['/chat/completions', '/chat/completions'], ['/v1/v1/chat/completions/', '/chat/completions'],
  ['/v1/chat/completions?beta=true', '/chat/completions'], ['/v1/models/a/b', '/models/a/b'], ['/v1/v1/v1/models', '/v1/models'], ['/v1', '/'], ['/', '/'], ['?x', '/'],
  ['/v1beta/models', '/v1beta/models'],
])('%s leads to %s', (url, path) => {
  expect(normalPath(url)).toBe(path);
});

describe('browsers', () => {
  const origins = new Set(['https://app.example']);
  test('get nothing by default', () => {
    expect(corsHeaders('https://app.example', new Set())).toEqual({});
    expect(corsHeaders(undefined, origins)).toEqual({});
    expect(preflightHeaders({ origin: 'https://evil.example' }, origins)).toEqual({});
  });
  test('of a known origin may send what SDKs send, and nothing else', () => {
    const wanted = 'Authorization, x-stainless-lang, X-Sluice-Priority, anthropic-beta, x-evil';
    expect(preflightHeaders({ origin: 'https://app.example', 'access-control-request-headers': wanted }, origins)).toMatchObject({
      'access-control-allow-origin': 'https://app.example', 'access-control-allow-headers': 'authorization, x-stainless-lang, x-sluice-priority, anthropic-beta',
    });
  });
});

test('no value can begin a header of its own', () => {
  expect(headerValue('a\r\nx-evil: 1\u0000é')).toBe('a?x-evil: 1?');
  expect(headerValue('x'.repeat(5_000))).toHaveLength(1_000);
});

test('answer headers tell of the attempt that answered', () => {
  const job = { id: 'job_1', resource: 'fä\nst', priority: 'normal', routes: [{ connection: 'c', name: 'main', provider: 'openai', model: 'm' }] } as unknown as Job; // what is read of it
  expect(answerHeaders(job, { route: 0, attempts: 2, queueMs: 12.7, upstreamRequestId: 'up', warnings: ['a', 'b'] })).toEqual({
    'x-request-id': 'job_1', 'request-id': 'job_1', 'x-sluice-resource': 'f?st', 'x-sluice-priority': 'normal', 'x-sluice-route': 'main/m', 'x-sluice-provider': 'openai',
    'x-sluice-model': 'm', 'x-sluice-connection': 'main', 'x-sluice-attempts': 2, 'x-sluice-queue-ms': 13, 'x-sluice-upstream-request-id': 'up', 'x-sluice-warnings': 'a; b',
  });
  expect(answerHeaders(job, { route: null, attempts: 0, queueMs: null, upstreamRequestId: null, warnings: [] })).not.toHaveProperty('x-sluice-route');
});

describe('errors', () => {
  const ended = (code: ErrorCode, changes: Partial<EndError> = {}): EndError => ({ code, message: 'said', param: null, retryAfterMs: null, provider: null, ...changes });
  const bodyOf = (error: EndError) => JSON.parse(errorAnswer(error, 'job_1').body) as { error: Record<string, unknown> };

  test.each(Object.keys(ERRORS) as ErrorCode[])('%s has the status, type and body of the table', (code) => {
    const { status, headers } = errorAnswer(ended(code, { param: 'p' }), 'job_1');
    expect(status).toBe(ERRORS[code].status);
    const wire = code === 'provider_refused' ? 'provider_error' : code;
    expect(headers).toMatchObject({ 'x-sluice-error': wire, 'x-request-id': 'job_1' });
    expect(bodyOf(ended(code, { param: 'p' }))).toEqual({
      type: 'error', request_id: 'job_1', error: { message: expect.stringMatching(/^said/), type: ERRORS[code].type, param: 'p', code: wire },
    });
    expect('retry-after' in headers).toBe(status === 429 || status === 503);
  });

  test('the time to come back is said in whole seconds and in ms, at least 1', () => {
    expect(errorAnswer(ended('queue_timeout', { retryAfterMs: 1_500 }), 'j').headers).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '1500' });
    expect(errorAnswer(ended('queue_full', { retryAfterMs: 0 }), 'j').headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '1' });
  });

  test('past a minute clients are told not to sleep on it, and people when to try again', () => {
    const late = ended('queue_timeout', { retryAfterMs: 90_000 });
    expect(errorAnswer(late, 'j').headers).toMatchObject({ 'retry-after': '90', 'x-should-retry': 'false' });
    expect(bodyOf(late).error['message']).toBe('said. Please try again in 90 s');
    expect(errorAnswer(ended('queue_timeout', { retryAfterMs: 60_000 }), 'j').headers).not.toHaveProperty('x-should-retry');
  });

  test.each(['idempotency_conflict', 'provider_refused', 'deadline_exceeded'] as const)('%s is not to be tried again', (code) => {
    expect(errorAnswer(ended(code), 'j').headers).toMatchObject({ 'x-should-retry': 'false' });
  });

  test.each([[400, 'invalid_request'], [413, 'request_too_large'], [422, 'invalid_request'], [400, 'provider_error']] as const)(
    'a provider\'s own %s passes with its status and error object', (status, code) => {
      const error = { message: 'm', type: 't', param: 'messages[0].role', code: 'unsupported_value' };
      const refused = ended(code, { provider: { status, code: 'unsupported_value', message: 'm', body: { error } } });
      expect(errorAnswer(refused, 'j').status).toBe(status);
      expect(bodyOf(refused).error).toEqual(error);
    });

  test.each([401, 402, 403])('a provider\'s %s never passes, nor what it said of our credentials', (status) => {
    const refused = ended('provider_refused', { provider: { status, code: 'invalid_api_key', message: 'sk-planted is wrong', body: { error: 'sk-planted' } } });
    expect(errorAnswer(refused, 'j').status).toBe(502);
    expect(errorAnswer(refused, 'j').body).not.toContain('planted');
    expect(bodyOf(refused).error['provider']).toMatchObject({ status });
  });

  test('a provider\'s failure is told beside our own words', () => {
    const failed = ended('provider_error', { provider: { status: 500, code: null, message: 'boom' } });
    expect(errorAnswer(failed, 'j').status).toBe(502);
    expect(bodyOf(failed).error).toMatchObject({ code: 'provider_error', provider: { status: 500, message: 'boom' } });
  });

  test('only refusals that time mends are remembered', () => {
    expect(refusalLastsMs(ended('queue_timeout', { retryAfterMs: 3_000 }))).toBe(3_000);
    expect(refusalLastsMs(ended('provider_error'))).toBeNull();
  });

  test('an unknown error is logged and nothing of it is told', () => {
    const lines: unknown[] = [];
    const log: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (fields) => lines.push(fields) };
    const bug = new Error('secret detail');
    expect(endErrorOf(bug, log, 'job_1')).toMatchObject({ code: 'internal', message: 'internal error' });
    expect(lines).toEqual([{ error: bug, job: 'job_1' }]);
    expect(endErrorOf(new SluiceError('invalid_request', 'said', { param: 'n' }), log, 'job_1')).toMatchObject({ code: 'invalid_request', param: 'n' });
    expect(lines).toHaveLength(1);
  });
});
