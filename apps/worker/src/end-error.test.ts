import type { FailureKind, Outcome, ProviderError } from '@sluice/domain';
import { expect, test } from 'vitest';
import { endErrorOf } from './end-error.ts';

const error = (status: number | null, body?: unknown): ProviderError =>
  ({ status, code: 'c', message: 'what the provider said', ...(body === undefined ? {} : { body }) });
const failed = (failure: FailureKind, status: number | null, body?: unknown): Outcome =>
  ({ kind: 'failed', failure, tryNext: 'none', error: error(status, body), usage: null });

test.each<[string, Outcome, string, unknown]>([
  ['a limit', { kind: 'throttled', retryAfterMs: 2_500, scope: 'model', error: error(429, { secret: 1 }) },
    'provider_rate_limited', { retryAfterMs: 2_500, provider: error(429) }],
  ['a 400 of the caller, body and all', failed('invalid_request', 400, { error: { param: 'x' } }),
    'invalid_request', { provider: error(400, { error: { param: 'x' } }) }],
  ['a 422 like a 400', failed('invalid_request', 422, { detail: [] }), 'invalid_request', { provider: error(422, { detail: [] }) }],
  ['a 413', failed('request_too_large', 413, {}), 'request_too_large', { provider: error(413, {}) }],
  ['a bad generation', failed('bad_generation', 400, {}), 'invalid_request', { provider: error(400, {}) }],
  ['a 500, without its body', failed('unavailable', 500, { stack: 1 }), 'provider_error', { provider: error(500) }],
  ['no status at all', failed('timeout', null), 'provider_error', { provider: error(null) }],
  ['a cut', failed('cut', null), 'provider_error', {}],
  ['a lost worker', { kind: 'lost' }, 'unavailable', { provider: null }],
])('%s', (_name, outcome, code, more) => {
  expect(endErrorOf(outcome, 'failed')).toMatchObject({ code, ...(more as object) });
});

test.each([401, 402, 403, 404])('our own %i tells nothing of what the provider said', (status) => {
  const told = endErrorOf(failed('unauthorized', status, { key: 'sk-1' }), 'failed');
  expect(told?.code).toBe('provider_refused');
  expect(JSON.stringify(told)).not.toMatch(/what the provider said|sk-1/);
});

test.each([['quota_exhausted', 429], ['quota_exhausted', 400], ['unauthorized', 400]] as const)('%s is ours as well, also under %i', (failure, status) => {
  expect(endErrorOf(failed(failure, status), 'failed')?.code).toBe('provider_refused');
});

test('the state comes before the outcome', () => {
  expect(endErrorOf({ kind: 'lost' }, 'completed')).toBeNull();
  expect(endErrorOf(failed('timeout', null), 'expired')?.code).toBe('deadline_exceeded');
  expect(endErrorOf({ kind: 'cancelled', by: 'client', usage: null }, 'cancelled')?.code).toBe('cancelled');
});
