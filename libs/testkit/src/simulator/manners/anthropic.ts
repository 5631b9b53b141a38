/** The manner of Anthropic. */
import type { LimitState } from '../limits/enforcer.ts';
import { bearerOf, headerOf, JSON_TYPE, type Failure, type Manner, type Said } from './manner.ts';

export const anthropic: Manner = {
  id: 'anthropic',
  keyOf: (headers) => headerOf(headers, 'x-api-key') ?? bearerOf(headers),
  failure: sayFailure,
  requestId: (random) => `req_011C${random(20)}`,
  headers: ({ requestId }) => ({ 'request-id': requestId, 'anthropic-organization-id': 'simulator' }),
  limitHeaders: (states, now) => Object.assign({}, ...states.map((state) => rateLimit(state, now))),
};

const UNITS = {
  requests: 'requests', total_tokens: 'tokens', input_tokens: 'input-tokens', output_tokens: 'output-tokens',
  concurrency: null, cost: null,
} as const;

/** Its resets are points in time, to the second. */
function rateLimit({ limit, remaining, resetMs }: LimitState, now: number): Record<string, string> {
  const unit = UNITS[limit.dimension];
  if (unit === null) return {};
  const at = new Date(Math.ceil((now + resetMs) / 1_000) * 1_000);
  return {
    [`anthropic-ratelimit-${unit}-limit`]: String(limit.amount),
    [`anthropic-ratelimit-${unit}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${unit}-reset`]: at.toISOString().replace('.000Z', 'Z'),
  };
}

export const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

function sayFailure(failure: Failure, requestId: string): Said {
  const say = (status: number, [type, message]: readonly [string, string], headers: Readonly<Record<string, string>> = {}): Said => ({
    status,
    headers: { ...JSON_TYPE, 'x-should-retry': String(status === 429 || status >= 500), ...headers },
    body: JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId }),
  });
  const invalid = (message: string): Said => say(400, ['invalid_request_error', message]);
  switch (failure.kind) {
    case 'no_key': return say(401, ['authentication_error', 'x-api-key header is required']);
    case 'bad_key': return say(401, ['authentication_error', 'invalid x-api-key']);
    case 'not_json': return invalid('The request body is not valid JSON: unexpected character');
    case 'invalid': return invalid(failure.param === null ? failure.message : `${failure.param}: ${failure.message}`);
    case 'no_model': return say(404, ['not_found_error', `model: ${failure.model}`]);
    case 'unknown_url': return say(404, ['not_found_error', 'Not Found']);
    case 'wrong_method': return say(405, ['invalid_request_error', 'Method Not Allowed']);
    case 'too_large': return say(413, ['request_too_large', 'Request exceeds the maximum size']);
    case 'over_limit': return tooMany(say, failure.refusal.waitMs, failure.refusal.limit.dimension.replace('_', ' '));
    case 'throttled': return tooMany(say, failure.retryAfterMs, 'requests');
    case 'server': return failure.status === 529 || failure.status === 503
      ? say(529, [OVERLOADED.error.type, OVERLOADED.error.message])
      : say(failure.status, ['api_error', 'Internal server error']);
    default: return failure satisfies never;
  }
}

type Say = (status: number, said: readonly [string, string], headers?: Readonly<Record<string, string>>) => Said;

function tooMany(say: Say, waitMs: number | null, unit: string): Said {
  const message = `This request would exceed your organization's rate limit of ${unit} per minute. For details, refer to:`
    + ' https://docs.claude.com/en/api/rate-limits.';
  return say(429, ['rate_limit_error', message], waitMs === null ? {} : { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
}
