/**
 * Token counts of Chat Completions answers. Providers give them in the last chunk, in every chunk (cumulative), or twice
 * in one (`usage` and `x_groq.usage`): the last seen stands, and repeats are never added.
 */
import type { Usage } from '@sluice/domain';
import { isObject, type JsonObject } from '../../leaf/check.ts';

/** Of a parsed answer or chunk; null when it holds none that can be read. */
export function usageIn(parsed: unknown): Usage | null {
  const answer = objectOf(parsed);
  return readUsage(answer?.['usage']) ?? readUsage(objectOf(answer?.['x_groq'])?.['usage']);
}

function readUsage(value: unknown): Usage | null {
  const usage = objectOf(value);
  const input = countOf(usage?.['prompt_tokens']);
  const output = countOf(usage?.['completion_tokens']);
  if (!usage || input === null || output === null) return null;
  const total = countOf(usage['total_tokens']) ?? 0;
  return {
    inputTokens: input,
    cachedInputTokens: countOf(objectOf(usage['prompt_tokens_details'])?.['cached_tokens']) ?? 0,
    // Some count thoughts in the total alone.
    outputTokens: Math.max(output, total - input),
    reasoningTokens: countOf(objectOf(usage['completion_tokens_details'])?.['reasoning_tokens']) ?? 0,
    source: 'provider',
  };
}

/** The value as an object whose fields may be looked at, or undefined. */
export const objectOf = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);

const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
