/** The manner of OpenAI. */
import type { Limit } from '@sluice/domain';
import type { LimitState, Refusal } from '../limits/enforcer.ts';
import { bearerOf, JSON_TYPE, type Failure, type Manner, type Said } from './manner.ts';

export const openai: Manner = {
  id: 'openai',
  keyOf: bearerOf,
  failure: sayFailure,
  requestId: (random) => `req_${random(32)}`,
  headers: ({ requestId, tookMs }) => ({
    'x-request-id': requestId,
    'openai-organization': 'simulator',
    'openai-processing-ms': String(Math.round(tookMs)),
    'openai-version': '2020-10-01',
  }),
  limitHeaders: rateLimits,
};

/** Where the server asks for no key: what runs on one's own machine. */
export const keyless: Manner = { ...openai, id: 'keyless', keyOf: (headers) => bearerOf(headers) ?? '', limitHeaders: () => ({}) };

export function rateLimits(states: readonly LimitState[]): Record<string, string> {
  const of = (dimension: Limit['dimension']) => states.find(({ limit }) => limit.dimension === dimension);
  return { ...rateLimit('requests', of('requests')), ...rateLimit('tokens', of('total_tokens') ?? of('input_tokens')) };
}

const rateLimit = (unit: string, state: LimitState | undefined): Record<string, string> => (state === undefined ? {} : {
  [`x-ratelimit-limit-${unit}`]: String(state.limit.amount),
  [`x-ratelimit-remaining-${unit}`]: String(state.remaining),
  [`x-ratelimit-reset-${unit}`]: duration(state.resetMs),
});

interface Named {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

const errorBody = (error: Named): string => `${JSON.stringify({ error }, null, 2)}\n`;

export const SERVER_ERROR: Named = {
  message: 'The server had an error while processing your request. Sorry about that!',
  type: 'server_error',
  param: null,
  code: null,
};

const NO_KEY = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth"
  + ' (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.';
const FIND_KEY = 'You can find your API key at https://platform.openai.com/account/api-keys.';
const NOT_JSON =
  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly."
  + ' The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)';

const say = (status: number, named: Named, headers: Readonly<Record<string, string>> = {}): Said =>
  ({ status, headers: { ...JSON_TYPE, ...headers }, body: errorBody(named) });
const refuse = (status: number, message: string, more: Partial<Named> = {}): Said =>
  say(status, { message, type: 'invalid_request_error', param: null, code: null, ...more });

export function sayFailure(failure: Failure): Said {
  switch (failure.kind) {
    case 'no_key': return refuse(401, NO_KEY);
    case 'bad_key':
      return refuse(401, `Incorrect API key provided: ${masked(failure.key)}. ${FIND_KEY}`, { code: 'invalid_api_key' });
    case 'not_json': return refuse(400, NOT_JSON);
    case 'invalid': return refuse(400, failure.message, { param: failure.param, code: failure.code });
    case 'no_model': return refuse(
      404, `The model \`${failure.model}\` does not exist or you do not have access to it.`, { code: 'model_not_found' },
    );
    case 'unknown_url': return refuse(404, `Invalid URL (${failure.method} ${failure.path})`);
    case 'wrong_method': return refuse(
      405, `Not allowed to ${failure.method} on ${failure.path}.`, { code: 'method_not_supported' },
    );
    case 'too_large': return refuse(
      413, `The request is larger than ${failure.limitBytes} bytes.`, { code: 'request_too_large' },
    );
    case 'over_limit': return overLimit(failure.refusal, failure.model);
    case 'throttled': return say(
      429,
      {
        message: `Rate limit reached. Please try again in ${duration(failure.retryAfterMs)}.`,
        type: 'requests',
        param: null,
        code: 'rate_limit_exceeded',
      },
      retryHeaders(failure.retryAfterMs),
    );
    case 'server': return failure.status === 503
      ? say(503, { ...SERVER_ERROR, message: 'The engine is currently overloaded, please try again later' })
      : say(failure.status, SERVER_ERROR);
    default: return failure satisfies never;
  }
}

function overLimit({ limit, waitMs, used, requested }: Refusal, model: string): Said {
  const unit = unitOf(limit);
  const type = limit.dimension === 'requests' || limit.dimension === 'concurrency' ? 'requests' : 'tokens';
  if (waitMs === null) {
    const message = `Request too large for ${model} on ${unit}: Limit ${limit.amount}, Requested ${requested}.`
      + ' The input or output tokens must be reduced in order to run successfully.';
    return say(429, { message, type, param: null, code: 'rate_limit_exceeded' });
  }
  const figures = `Limit ${limit.amount}, Used ${Math.ceil(used)}, Requested ${requested}`;
  const message = `Rate limit reached for ${model} on ${unit}: ${figures}.`
    + ` Please try again in ${duration(waitMs)}. Visit https://platform.openai.com/account/rate-limits to learn more.`;
  return say(429, { message, type, param: null, code: 'rate_limit_exceeded' }, retryHeaders(waitMs));
}

function unitOf({ dimension, windowMs }: Limit): string {
  if (dimension === 'concurrency') return 'concurrent requests';
  const noun = dimension.replace('_', ' ').replace('total ', '');
  if (windowMs === 60_000) return `${noun} per min (${dimension === 'requests' ? 'RPM' : 'TPM'})`;
  return `${noun} per ${duration(windowMs)}`;
}

/** Both in the future for certain: rounded up. */
const retryHeaders = (waitMs: number): Record<string, string> =>
  ({ 'retry-after': String(Math.ceil(waitMs / 1_000)), 'retry-after-ms': String(Math.ceil(waitMs)) });

/** `20ms`, `1.2s`, `6m0s`, as the rate limit headers write it; never shorter than the truth. */
export function duration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole === 0) return '0s';
  if (whole < 1_000) return `${whole}ms`;
  if (whole < 60_000) return `${whole / 1_000}s`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${(whole % 60_000) / 1_000}s`;
}

/** As OpenAI shows a wrong key back. */
function masked(key: string): string {
  if (key.length <= 12) return '*'.repeat(key.length);
  return `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}
