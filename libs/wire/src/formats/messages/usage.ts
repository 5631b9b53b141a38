/** Token counts of Messages answers: cached tokens are counted beside `input_tokens`, thoughts inside `output_tokens`. */
import { get, numberOf, type JsonNode } from '../../leaf/json-node.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';

/** As the provider writes them. In a stream each event that has any of them overrides the one before: nothing is added. */
export interface MessagesUsage {
  readonly input?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly output?: number;
  readonly reasoning?: number;
}

export function readMessagesUsage(before: MessagesUsage, usage: JsonNode | undefined): MessagesUsage {
  return {
    ...before,
    ...counted('input', get(usage, 'input_tokens')),
    ...counted('cacheRead', get(usage, 'cache_read_input_tokens')),
    ...counted('cacheWrite', get(usage, 'cache_creation_input_tokens')),
    ...counted('output', get(usage, 'output_tokens')),
    ...counted('reasoning', get(get(usage, 'output_tokens_details'), 'thinking_tokens')),
  };
}

function counted(name: keyof MessagesUsage, node: JsonNode | undefined): MessagesUsage {
  const count = numberOf(node);
  return count === undefined || count < 0 ? {} : { [name]: count };
}

/** Undefined where the provider has counted neither input nor output. */
export function countsOf({ input, cacheRead, cacheWrite, output, reasoning }: MessagesUsage): TokenCounts | undefined {
  if (input === undefined && output === undefined) return undefined;
  return {
    input: (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    output: output ?? 0,
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}
