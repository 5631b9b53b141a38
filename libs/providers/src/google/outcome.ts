/** Failures as Google reports them: `google.rpc.Status`, with the reason, the quota and the time to come back in its details. */
import { isObject, objectOf } from '@sluice/wire';
import { durationMs } from '../durations.ts';
import { failed, throttled, type Row } from '../outcome-table.ts';
import type { Answer } from '../provider.ts';

export const GOOGLE_ROWS: readonly Row[] = [
  { name: 'invalid key', code: ['API_KEY_INVALID', 'UNAUTHENTICATED', 'CREDENTIALS_MISSING'], verdict: failed('unauthorized', 'next') },
  // By the day, or none at all: coming back in a minute mends nothing.
  { name: 'quota used up', status: 429, code: ['quota_exhausted'], verdict: failed('quota_exhausted', 'next') },
  { name: 'quota of the minute', status: 429, verdict: throttled('model') },
  {
    name: 'context too long', status: 400, says: /input token count .*exceeds|exceeds the maximum number of tokens|too many tokens/i,
    verdict: failed('context_too_long', 'next'),
  },
  {
    name: 'billing', status: [400, 403], says: /billing (?:account|is disabled|to be enabled)|free tier is not available/i,
    verdict: failed('quota_exhausted', 'next'),
  },
  { name: 'place not served', code: ['FAILED_PRECONDITION'], status: 400, verdict: failed('unauthorized', 'next') },
  { name: 'unknown model', status: 404, verdict: failed('not_found', 'next') },
  { name: 'overloaded', status: 503, verdict: failed('overloaded', 'next') },
  { name: 'too slow', status: 504, verdict: failed('timeout', 'next') },
  { name: 'cancelled', status: 499, verdict: failed('unavailable', 'next') },
];

/** Reason or status as the code, and the time to come back as a header, where the rest of the code looks for them. */
export function unfold(answer: Answer): Answer {
  const outer = objectOf(Array.isArray(answer.body) ? answer.body[0] : answer.body);
  const error = objectOf(outer?.['error']);
  const details = Array.isArray(error?.['details']) ? error['details'].filter(isObject) : [];
  if (!error) return answer;
  const ofType = (name: string) => details.find((detail) => String(detail['@type']).endsWith(name));
  const reason = isForLong(ofType('QuotaFailure')) ? 'quota_exhausted' : ofType('ErrorInfo')?.['reason'] ?? error['status'];
  const retry = durationMs(String(ofType('RetryInfo')?.['retryDelay'] ?? ''));
  return {
    ...answer,
    body: { error: { ...error, code: reason, status_code: error['code'] } },
    headers: retry === null ? answer.headers : { 'retry-after-ms': String(retry), ...answer.headers },
  };
}

function isForLong(quota: Readonly<Record<string, unknown>> | undefined): boolean {
  const violations = Array.isArray(quota?.['violations']) ? quota['violations'].filter(isObject) : [];
  return violations.some(({ quotaId, quotaValue }) => /PerDay/.test(String(quotaId)) || quotaValue === '0');
}
