/** Browsers: off by default, origins per environment. A preflight names no key, so any environment's origin passes it. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

const ALLOWED = /^(authorization|x-api-key|content-type|anthropic-[\w-]+|openai-[\w-]+|x-stainless-[\w-]+|idempotency-key|prefer|last-event-id|x-sluice[\w-]*)$/;

export const EXPOSED = [
  'x-request-id', 'request-id', 'x-sluice-resource', 'x-sluice-route', 'x-sluice-provider', 'x-sluice-model', 'x-sluice-connection', 'x-sluice-attempts',
  'x-sluice-priority', 'x-sluice-queue-ms', 'x-sluice-upstream-request-id', 'x-sluice-warnings', 'x-sluice-error', 'retry-after', 'retry-after-ms', 'x-should-retry',
  'ratelimit-policy', 'ratelimit', 'x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens',
].join(', ');

export interface Origins {
  has(origin: string): boolean;
}

/** For any answer; nothing where the origin is not let in. */
export function corsHeaders(origin: string | undefined, origins: Origins): OutgoingHttpHeaders {
  if (origin === undefined || !(origins.has(origin) || origins.has('*'))) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'Origin' };
}

/** For `OPTIONS`. */
export function preflightHeaders(headers: IncomingHttpHeaders, origins: Origins): OutgoingHttpHeaders {
  const allowed = corsHeaders(headers.origin, origins);
  if (allowed['access-control-allow-origin'] === undefined) return {};
  const wanted = (headers['access-control-request-headers'] ?? '').toLowerCase().split(',').map((name) => name.trim());
  return {
    ...allowed,
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
    'access-control-allow-headers': wanted.filter((name) => ALLOWED.test(name)).join(', '),
    'access-control-max-age': '600',
  };
}
