/** Token counts of Responses answers: cached tokens are counted inside the input, thoughts inside the output. */
import { get, numberOf, type JsonNode } from '../../leaf/json-node.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';

/** Undefined where the provider has counted neither input nor output. */
export function countsOf(usage: JsonNode | undefined): TokenCounts | undefined {
  const input = numberOf(get(usage, 'input_tokens'));
  const output = numberOf(get(usage, 'output_tokens'));
  if (input === undefined && output === undefined) return undefined;
  const read = get(usage, 'input_tokens_details');
  const cacheRead = numberOf(get(read, 'cached_tokens'));
  const cacheWrite = numberOf(get(read, 'cache_write_tokens'));
  const reasoning = numberOf(get(get(usage, 'output_tokens_details'), 'reasoning_tokens'));
  return {
    input: input ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    output: output ?? 0,
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}
