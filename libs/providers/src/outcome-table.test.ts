import { describe, expect, test } from 'vitest';
import { profiles } from './profiles.ts';
import { providers } from './registry.ts';
import type { Answer, Refusal } from './provider.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const answer = (status: number, body: unknown, headers: Answer['headers'] = {}): Answer => ({ status, body, headers, receivedAt: NOW });
const error = (code: string | number | null, message = 'no', more: object = {}) => ({ error: { code, message, type: null, ...more } });

const outcome = (id: string, given: Answer): Refusal => {
  const provider = providers.get(id);
  if (!provider) throw new Error(`no provider ${id}`);
  return provider.outcomeOf(given);
};
const told = (id: string, given: Answer): string => {
  const found = outcome(id, given);
  return found.kind === 'throttled' ? `throttled ${found.retryAfterMs}` : `${found.failure} ${found.tryNext}`;
};

/** Written from the providers' documentation: shapes that each must know, whether or not it was recorded. */
const FIXTURES: readonly [name: string, provider: string, given: Answer, expected: string][] = [
  ['a bare 429 lasts as long as the profile says', 'openai', answer(429, error('rate_limit_exceeded')), 'throttled 5000'],
  ['retry-after in seconds', 'openai', answer(429, error('rate_limit_exceeded'), { 'retry-after': '7' }), 'throttled 7000'],
  ['retry-after-ms is more exact', 'openai', answer(429, {}, { 'retry-after': '7', 'retry-after-ms': '6120.5' }), 'throttled 6121'],
  ['retry-after as a date', 'openai', answer(429, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' }), 'throttled 3000'],
  [
    'the reset of the limit that is used up, not of the others', 'openai',
    answer(429, {}, {
      'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '42', 'x-ratelimit-reset-requests': '1m',
      'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1.58s',
    }), 'throttled 1580',
  ],
  [
    'the message is the last source', 'groq',
    answer(429, error('rate_limit_exceeded', 'Limit 6000. Please try again in 2m3.5s. Visit')), 'throttled 123500',
  ],
  [
    'a time that has passed is no time', 'openrouter',
    answer(429, {}, { 'retry-after': '0', 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }),
    'throttled 5000',
  ],
  ['at once is never quite at once', 'openai', answer(429, {}, { 'retry-after-ms': '3' }), 'throttled 100'],
  ['a quota that waiting does not mend', 'openai', answer(429, error('insufficient_quota')), 'quota_exhausted next'],
  ['larger than the limit is no refusal at a limit', 'groq', answer(413, error('rate_limit_exceeded')), 'request_too_large next'],
  ['context too long by its code', 'openai', answer(400, error('context_length_exceeded')), 'context_too_long next'],
  [
    'context too long in words', 'openai-compatible',
    answer(400, error(400, "This model's maximum context length is 8192 tokens")), 'context_too_long next',
  ],
  ['content filter', 'openai', answer(400, error('content_filter')), 'content_refused none'],
  ['overloaded', 'openai', answer(503, error('slow_down')), 'overloaded next'],
  ['a gateway page', 'openai', answer(502, '<html>Bad gateway</html>'), 'unavailable next'],
  ['nothing at all', 'openai', answer(504, ''), 'timeout next'],
  ['a list of errors', 'openai-compatible', answer(404, [{ error: { code: 404, message: 'no model', status: 'NOT_FOUND' } }]), 'not_found next'],
  ['an error that is a string', 'openai-compatible', answer(400, { error: 'bad field' }), 'invalid_request none'],
  ['validation in detail', 'mistral', answer(422, { detail: [{ loc: ['body'], msg: 'field required' }] }), 'invalid_request none'],
  ['the gateway of mistral has a message only', 'mistral', answer(429, { message: 'Requests rate limit exceeded' }), 'throttled 1500'],
  ['an error under 200 has its status in the body', 'openrouter', answer(200, error(429)), 'throttled 5000'],
  ['an error under 200 without a status is a server error', 'openai', answer(200, { error: { message: 'oops' } }), 'unavailable next'],
  [
    'openrouter tells its reset in the body', 'openrouter',
    answer(429, error(429, 'slow', {
      metadata: { headers: { 'X-RateLimit-Limit': '1', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(NOW + 9_000) } },
    })),
    'throttled 9000',
  ],
  ['a status nobody knows', 'openai', answer(418, {}), 'unknown next'],
  ['a redirect', 'openai', answer(302, ''), 'unknown next'],
];

test.each(FIXTURES)('%s', (_name, provider, given, expected) => {
  expect(told(provider, given)).toBe(expected);
});

describe('what is passed on', () => {
  test('a refusal of our credentials carries neither the message nor the body', () => {
    const refused = outcome('openai', answer(401, error('invalid_api_key', 'Incorrect API key provided: sk-abcdef123')));
    expect(JSON.stringify(refused)).not.toContain('sk-');
    expect(refused.error).toEqual({ status: 401, code: 'invalid_api_key', message: 'the provider refused the credentials of this connection' });
  });

  test('keys that a message quotes are masked', () => {
    expect(outcome('openai', answer(400, error(null, 'bad key gsk_abcdefgh in Bearer xyz'))).error.message).toBe('bad key [key] in Bearer [key]');
  });

  test('an error of the caller keeps its body', () => {
    const body = error('unsupported_value', 'no such field', { param: 'top_k' });
    expect(outcome('openai', answer(400, body)).error).toEqual({ status: 400, code: 'unsupported_value', message: 'no such field', body });
  });
});

test('limits are read in each spelling', () => {
  const limitsOf = (id: string, headers: Answer['headers']) => providers.get(id)?.limitsOf(headers, NOW);
  expect(limitsOf('groq', {
    'x-ratelimit-limit-requests': '14400', 'x-ratelimit-remaining-requests': '14399', 'x-ratelimit-reset-requests': '6s',
  })).toEqual([
    { dimension: 'requests', amount: 14_400, remaining: 14_399, resetMs: 6_000, windowMs: 86_400_000 },
  ]);
  expect(limitsOf('mistral', {
    'x-ratelimit-limit-req-minute': '5', 'x-ratelimit-remaining-req-minute': '4',
    'ratelimitbysize-limit': '2000000', 'ratelimitbysize-remaining': '1871983', 'ratelimitbysize-reset': '51',
  })).toEqual([
    { dimension: 'requests', amount: 5, remaining: 4, resetMs: null, windowMs: 60_000 },
    { dimension: 'total_tokens', amount: 2_000_000, remaining: 1_871_983, resetMs: 51_000, windowMs: 60_000 },
  ]);
  expect(limitsOf('openrouter', { 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 500) })).toEqual([
    { dimension: 'requests', amount: 1, remaining: 0, resetMs: 500, windowMs: null },
  ]);
  expect(limitsOf('anthropic', {
    'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '49', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:02Z',
    'anthropic-ratelimit-output-tokens-limit': '8000', 'anthropic-ratelimit-output-tokens-remaining': '0',
    'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:01:00Z', 'anthropic-ratelimit-tokens-limit': '8000',
  })).toEqual([
    { dimension: 'requests', amount: 50, remaining: 49, resetMs: 2_000, windowMs: 60_000 },
    { dimension: 'output_tokens', amount: 8_000, remaining: 0, resetMs: 60_000, windowMs: 60_000 },
  ]);
  expect(limitsOf('azure-openai', {
    'x-ratelimit-limit-requests': '5', 'x-ratelimit-remaining-requests': '4', 'x-ratelimit-reset-requests': '1', 'x-ratelimit-renewalperiod-requests': '10',
    'x-ratelimit-limit-tokens': '50000', 'x-ratelimit-remaining-tokens': '49991',
  })).toEqual([
    { dimension: 'requests', amount: 5, remaining: 4, resetMs: 1_000, windowMs: 10_000 },
    { dimension: 'total_tokens', amount: 50_000, remaining: 49_991, resetMs: null, windowMs: 60_000 },
  ]);
  expect(limitsOf('openai', { 'x-ratelimit-limit-requests': 'many' })).toEqual([]);
});

test('the list of facts and the list of providers name the same', () => {
  expect(Object.fromEntries(profiles)).toEqual(Object.fromEntries([...providers].map(([id, { profile }]) => [id, profile])));
});
