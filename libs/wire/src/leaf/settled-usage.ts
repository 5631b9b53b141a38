/** Token counts as a call is settled by them: the provider's own, where it has counted. */
import type { Usage } from '@sluice/domain';
import type { TokenCounts } from './token-counts.ts';

export const settledUsage = (counts: TokenCounts | undefined): Usage | null =>
  counts
    ? {
        inputTokens: counts.input, cachedInputTokens: counts.cacheRead ?? 0, outputTokens: counts.output,
        reasoningTokens: counts.reasoning ?? 0, source: 'provider',
      }
    : null;
