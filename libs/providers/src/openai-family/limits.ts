/** `x-ratelimit-…` as OpenAI writes it: two limits, resets as durations. */
import type { LimitRow } from '../limit-readings.ts';

const row = (dimension: LimitRow['dimension'], name: string, windowMs: number): LimitRow => ({
  dimension, windowMs, resetIs: 'duration',
  limit: `x-ratelimit-limit-${name}`, remaining: `x-ratelimit-remaining-${name}`, reset: `x-ratelimit-reset-${name}`,
});

export const familyLimits = (windows: { readonly requestsMs: number; readonly tokensMs: number }): readonly LimitRow[] => [
  row('requests', 'requests', windows.requestsMs),
  row('total_tokens', 'tokens', windows.tokensMs),
];
