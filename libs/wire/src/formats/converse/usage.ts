/** Token counts of Converse: cached tokens are counted beside `inputTokens`. */
import { get, numberOf, type JsonNode } from '../../leaf/json-node.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';

/** Undefined where the provider has counted neither input nor output. */
export function countsOf(usage: JsonNode | undefined): TokenCounts | undefined {
  const input = numberOf(get(usage, 'inputTokens'));
  const output = numberOf(get(usage, 'outputTokens'));
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = numberOf(get(usage, 'cacheReadInputTokens'));
  const cacheWrite = numberOf(get(usage, 'cacheWriteInputTokens'));
  return {
    input: (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    output: output ?? 0,
  };
}
