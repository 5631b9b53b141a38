/** Token counts of generateContent: thoughts beside the candidates', what tools read beside the prompt's. Every chunk has them; the last stands. */
import { get, numberOf, type JsonNode } from '../../leaf/json-node.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';

/** Undefined where the provider has counted nothing. */
export function countsOf(usage: JsonNode | undefined): TokenCounts | undefined {
  const prompt = numberOf(get(usage, 'promptTokenCount'));
  const written = numberOf(get(usage, 'candidatesTokenCount'));
  const reasoning = numberOf(get(usage, 'thoughtsTokenCount'));
  if (prompt === undefined && written === undefined && reasoning === undefined) return undefined;
  const cacheRead = numberOf(get(usage, 'cachedContentTokenCount'));
  return {
    input: (prompt ?? 0) + (numberOf(get(usage, 'toolUsePromptTokenCount')) ?? 0),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    output: (written ?? 0) + (reasoning ?? 0),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}
