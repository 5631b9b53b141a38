/** Failures as OpenAI and those who copied its API report them. Codes first, then what a status alone tells. */
import { failed, throttled, type Row } from '../outcome-table.ts';

/** Rows that know more than the status says. */
export const FAMILY_CODES: readonly Row[] = [
  {
    name: 'quota used up', code: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active', 'quota_exceeded'],
    verdict: failed('quota_exhausted', 'next'),
  },
  {
    name: 'quota used up, in words', status: [402, 429], says: /used all available credits|spending limit|insufficient (?:balance|credits|quota)/i,
    verdict: failed('quota_exhausted', 'next'),
  },
  {
    name: 'larger than the limit', status: 413, code: ['rate_limit_exceeded', 'tokens'],
    verdict: failed('request_too_large', 'next'),
  },
  {
    name: 'rate limit', status: 429, code: ['rate_limit_exceeded', 'rate_limit_error', 'tokens', 'requests'],
    verdict: throttled('model'),
  },
  {
    name: 'unknown model', status: [400, 404],
    code: [
      'model_not_found', 'model_decommissioned', 'invalid_model', 'model_not_available', 'deployment_not_found',
      'DeploymentNotFound',
    ],
    verdict: failed('not_found', 'next'),
  },
  {
    name: 'context too long', status: [400, 422], code: ['context_length_exceeded', 'string_above_max_length', 'prompt_too_long'],
    verdict: failed('context_too_long', 'next'),
  },
  {
    name: 'context too long, in words', status: [400, 422],
    says: /maximum context length|context (?:length|window).{0,40}exceed|exceeds? the (?:model's |maximum ){0,2}context|prompt is too long/i,
    verdict: failed('context_too_long', 'next'),
  },
  {
    name: 'content refused', status: [400, 403],
    code: ['content_filter', 'content_policy_violation', 'moderation_blocked', 'safety_check_failed'],
    verdict: failed('content_refused', 'none'),
  },
  {
    name: 'invalid key', code: ['invalid_api_key', 'invalid_authentication', 'authentication_error'],
    verdict: failed('unauthorized', 'next'),
  },
  // Some say so under a 400: it is not the caller's request that is wrong.
  { name: 'invalid key, in words', status: 400, says: /^(?:incorrect|invalid) api key/i, verdict: failed('unauthorized', 'next') },
  {
    name: 'overloaded', code: ['overloaded', 'overloaded_error', 'engine_overloaded', 'slow_down'],
    verdict: failed('overloaded', 'next'),
  },
];

/** What the status alone tells. */
export const FAMILY_STATUSES: readonly Row[] = [
  { name: '401', status: 401, verdict: failed('unauthorized', 'next') },
  { name: '402', status: 402, verdict: failed('quota_exhausted', 'next') },
  { name: '403', status: 403, verdict: failed('unauthorized', 'next') },
  { name: '404', status: 404, verdict: failed('not_found', 'next') },
  { name: '408', status: 408, verdict: failed('timeout', 'next') },
  { name: '409', status: 409, verdict: failed('unavailable', 'next') },
  { name: '413', status: 413, verdict: failed('request_too_large', 'next') },
  { name: '429', status: 429, verdict: throttled('connection') },
  { name: '400', status: 400, verdict: failed('invalid_request', 'none') },
  { name: '422', status: 422, verdict: failed('invalid_request', 'none') },
  { name: '503', status: 503, verdict: failed('overloaded', 'next') },
  { name: '529', status: 529, verdict: failed('overloaded', 'next') },
  { name: '504', status: 504, verdict: failed('timeout', 'next') },
  { name: '524', status: 524, verdict: failed('timeout', 'next') },
  { name: '5xx', status: [500, 599], verdict: failed('unavailable', 'next') },
];
