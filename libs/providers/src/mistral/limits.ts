import type { LimitRow } from '../limit-readings.ts';

const MINUTE_MS = 60_000;

export const limits: readonly LimitRow[] = [
  {
    dimension: 'requests', windowMs: MINUTE_MS, reset: null, resetIs: 'duration',
    limit: 'x-ratelimit-limit-req-minute', remaining: 'x-ratelimit-remaining-req-minute',
  },
  {
    dimension: 'total_tokens', windowMs: MINUTE_MS, reset: null, resetIs: 'duration',
    limit: 'x-ratelimit-limit-tokens-minute', remaining: 'x-ratelimit-remaining-tokens-minute',
  },
  {
    dimension: 'total_tokens', windowMs: MINUTE_MS, reset: 'ratelimitbysize-reset', resetIs: 'duration',
    limit: 'ratelimitbysize-limit', remaining: 'ratelimitbysize-remaining',
  },
];
