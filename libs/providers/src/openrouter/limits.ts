import type { LimitRow } from '../limit-readings.ts';

/** Requests, and when they are whole again as epoch ms; over which time is not said. */
export const limits: readonly LimitRow[] = [
  {
    dimension: 'requests', windowMs: null, reset: 'x-ratelimit-reset', resetIs: 'point_in_time',
    limit: 'x-ratelimit-limit', remaining: 'x-ratelimit-remaining',
  },
];
