/**
 * What callers are told of their own limits: `RateLimit-Policy` of all of them, `RateLimit` of those whose use the door knows
 * (draft-ietf-httpapi-ratelimit-headers), and the headers that SDKs of OpenAI know, of the tightest limit of requests and of tokens.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { limitName, type Limit } from '@sluice/domain';

export interface Told {
  readonly limit: Limit;
  readonly remaining: number;
  /** Epoch ms; null: nothing is charged. */
  readonly resetsAt: number | null;
}

export function rateLimitHeaders(limits: readonly Limit[], told: readonly Told[], now: number): OutgoingHttpHeaders {
  const windowed = limits.filter(({ windowMs }) => windowMs > 0);
  if (windowed.length === 0) return {};
  const secondsTo = (at: number | null): number => (at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1_000)));
  const headers: OutgoingHttpHeaders = {
    'ratelimit-policy': windowed.map((limit) => `"${nameOf(limit)}";q=${Math.floor(limit.amount)};w=${Math.ceil(limit.windowMs / 1_000)}`).join(', '),
  };
  if (told.length === 0) return headers;
  headers['ratelimit'] = told.map(({ limit, remaining, resetsAt }) => `"${nameOf(limit)}";r=${Math.floor(remaining)};t=${secondsTo(resetsAt)}`).join(', ');
  for (const [kind, dimensions] of [['requests', ['requests']], ['tokens', ['total_tokens', 'input_tokens', 'output_tokens']]] as const) {
    const [tightest] = told.filter(({ limit: { dimension } }) => dimensions.some((one) => one === dimension)).toSorted((a, b) => a.remaining - b.remaining);
    if (tightest === undefined) continue;
    headers[`x-ratelimit-limit-${kind}`] = Math.floor(tightest.limit.amount);
    headers[`x-ratelimit-remaining-${kind}`] = Math.floor(tightest.remaining);
    headers[`x-ratelimit-reset-${kind}`] = `${secondsTo(tightest.resetsAt)}s`;
  }
  return headers;
}

/** Fit for a quoted string of a header. */
const nameOf = (limit: Limit): string => limitName(limit).replace(/[^\x20-\x7e]|["\\]/g, '?');
