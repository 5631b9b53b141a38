import { objectOf } from '@sluice/wire';
import { failed, throttled, type Row } from '../outcome-table.ts';
import type { Answer } from '../provider.ts';

/** Codes are statuses as numbers; what the provider behind it said stands in `metadata.raw`. */
export const outcomes: readonly Row[] = [
  { name: 'refused by moderation', status: 403, says: /moderation|flagged|content/i, verdict: failed('content_refused', 'none') },
  // Not about our key: OpenRouter passes on that the provider behind it would not serve this request.
  { name: 'refused upstream', status: 403, says: /^Provider returned error/, verdict: failed('content_refused', 'none') },
  {
    name: 'no endpoint', status: [400, 404], says: /^No endpoints found|does not exist$|not a valid model/i,
    verdict: failed('not_found', 'next'),
  },
  { name: 'limit of a model', status: 429, verdict: throttled('model') },
];

/** Refusals at a limit carry their headers in the body as well, and some only there. */
export function unfold(answer: Answer): Answer {
  const told = objectOf(objectOf(objectOf(objectOf(answer.body)?.['error'])?.['metadata'])?.['headers']);
  if (!told) return answer;
  const headers = Object.entries(told).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value] as const] : []);
  return { ...answer, headers: { ...Object.fromEntries(headers), ...answer.headers } };
}
