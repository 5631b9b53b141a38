/** The manner of Mistral: limits by the minute in names of their own, flat errors with numbers for codes. */
import type { Limit } from '@sluice/domain';
import type { LimitState } from '../limits/enforcer.ts';
import { uuid } from './azure.ts';
import { bearerOf, JSON_TYPE, type Failure, type Manner, type Said } from './manner.ts';

export const mistral: Manner = {
  id: 'mistral',
  keyOf: bearerOf,
  failure: sayFailure,
  requestId: uuid,
  headers: ({ requestId }) => ({ 'mistral-correlation-id': requestId }),
  limitHeaders: rateLimits,
};

function rateLimits(states: readonly LimitState[]): Record<string, string> {
  const of = (dimension: Limit['dimension']) => states.find(({ limit }) => limit.dimension === dimension);
  return {
    ...rateLimit('req-minute', of('requests')),
    ...rateLimit('tokens-minute', of('total_tokens') ?? of('input_tokens')),
  };
}

const rateLimit = (unit: string, state: LimitState | undefined): Record<string, string> => (state === undefined ? {} : {
  [`x-ratelimit-limit-${unit}`]: String(state.limit.amount),
  [`x-ratelimit-remaining-${unit}`]: String(state.remaining),
});

const say = (status: number, body: object): Said => ({ status, headers: JSON_TYPE, body: JSON.stringify(body) });

const flat = (status: number, code: string, message: string): Said =>
  say(status, { object: 'error', message, type: 'invalid_request_error', param: null, code, raw_status_code: status });

function sayFailure(failure: Failure): Said {
  switch (failure.kind) {
    case 'no_key':
    case 'bad_key': return say(401, { detail: 'Invalid API Key' });
    case 'not_json': return say(422, { detail: [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error' }] });
    case 'invalid': return flat(400, '3051', failure.message);
    case 'no_model': return flat(400, '1500', `Invalid model: ${failure.model}`);
    case 'unknown_url':
    case 'wrong_method': return say(404, { message: 'no Route matched with those values' });
    case 'too_large': return say(413, { message: 'Request size limit exceeded' });
    // Its gateway: neither a code nor a time.
    case 'over_limit':
    case 'throttled': return say(429, { message: 'Requests rate limit exceeded' });
    case 'server': return flat(failure.status, '3000', 'Service unavailable.');
    default: return failure satisfies never;
  }
}
