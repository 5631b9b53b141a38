/** Failures as Anthropic reports them, with HTTP statuses or in the middle of a stream, where the type alone tells. */
import { failed, throttled, type Row } from '../outcome-table.ts';

export const ANTHROPIC_ROWS: readonly Row[] = [
  {
    name: 'prompt too long', code: ['invalid_request_error'], says: /prompt is too long|exceed.{0,40}context (?:limit|window)/i,
    verdict: failed('context_too_long', 'next'),
  },
  {
    name: 'credit used up', code: ['invalid_request_error'], says: /credit balance|usage limits?/i,
    verdict: failed('quota_exhausted', 'next'),
  },
  { name: 'billing', code: ['billing_error'], verdict: failed('quota_exhausted', 'next') },
  { name: 'rate limit', code: ['rate_limit_error'], verdict: throttled('model') },
  { name: 'overloaded', code: ['overloaded_error'], verdict: failed('overloaded', 'next') },
  { name: 'invalid key', code: ['authentication_error', 'permission_error'], verdict: failed('unauthorized', 'next') },
  { name: 'not found', code: ['not_found_error'], verdict: failed('not_found', 'next') },
  { name: 'too large', code: ['request_too_large'], verdict: failed('request_too_large', 'next') },
  { name: 'timeout', code: ['timeout_error'], verdict: failed('timeout', 'next') },
  { name: 'server error', code: ['api_error'], verdict: failed('unavailable', 'next') },
  { name: 'content refused', code: ['invalid_request_error'], says: /content filter/i, verdict: failed('content_refused', 'none') },
  { name: 'invalid request', code: ['invalid_request_error'], verdict: failed('invalid_request', 'none') },
];
