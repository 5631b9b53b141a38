import type { LimitRow } from '../limit-readings.ts';

const MINUTE_MS = 60_000;

const row = (dimension: LimitRow['dimension'], name: string): LimitRow => ({
  dimension, windowMs: MINUTE_MS, resetIs: 'point_in_time',
  limit: `anthropic-ratelimit-${name}-limit`, remaining: `anthropic-ratelimit-${name}-remaining`, reset: `anthropic-ratelimit-${name}-reset`,
});

/** `tokens` is the tightest of the others, and is not read: it would be counted twice. */
export const limits: readonly LimitRow[] = [
  row('requests', 'requests'), row('input_tokens', 'input-tokens'), row('output_tokens', 'output-tokens'),
];
