import type { Limit } from '@sluice/domain';
import { expect, test } from 'vitest';
import { rateLimitHeaders } from './rate-limit-headers.ts';

const NOW = 1_790_000_000_000;
const limit = (dimension: Limit['dimension'], amount: number, windowMs: number): Limit => ({ dimension, amount, windowMs, window: 'sliding' });

test('the policy names every limit with a window, and what is left those whose use is known', () => {
  const [minute, hour, open] = [limit('requests', 60, 60_000), limit('total_tokens', 1_000, 3_600_000), limit('concurrency', 3, 0)];
  expect(rateLimitHeaders([minute, hour, open], [{ limit: hour, remaining: 250.7, resetsAt: NOW + 90_500 }], NOW)).toEqual({
    'ratelimit-policy': '"requests/*/60000";q=60;w=60, "total_tokens/*/3600000";q=1000;w=3600',
    'ratelimit': '"total_tokens/*/3600000";r=250;t=91',
    'x-ratelimit-limit-tokens': 1_000, 'x-ratelimit-remaining-tokens': 250, 'x-ratelimit-reset-tokens': '91s',
  });
});

test('a caller without limits is told nothing', () => expect(rateLimitHeaders([limit('concurrency', 3, 0)], [], NOW)).toEqual({}));
