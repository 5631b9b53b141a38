/** How answers end, in the words of facts: finish reasons and counts of tokens. */
import type { Fact, Finish } from './fact.ts';
import { numberIn, objectIn, stringIn, type JsonObject } from './json.ts';

const FINISHES: Readonly<Record<string, Finish>> = {
  // Chat Completions
  stop: 'stop', length: 'length', tool_calls: 'tool_calls', function_call: 'tool_calls', content_filter: 'content_filter', model_length: 'length',
  // Messages, Converse
  end_turn: 'stop', stop_sequence: 'stop', tool_use: 'tool_calls', max_tokens: 'length', model_context_window_exceeded: 'length',
  refusal: 'content_filter', pause_turn: 'pause', guardrail_intervened: 'content_filter', content_filtered: 'content_filter',
  malformed_model_output: 'malformed', malformed_tool_use: 'malformed', compaction: 'pause',
  // Gemini
  STOP: 'stop', MAX_TOKENS: 'length', SAFETY: 'content_filter', RECITATION: 'content_filter', BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter', SPII: 'content_filter', MODEL_ARMOR: 'content_filter', IMAGE_SAFETY: 'content_filter', LANGUAGE: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter', IMAGE_RECITATION: 'content_filter', NO_IMAGE: 'malformed', IMAGE_OTHER: 'malformed', OTHER: 'malformed',
  MALFORMED_FUNCTION_CALL: 'malformed', UNEXPECTED_TOOL_CALL: 'malformed', TOO_MANY_TOOL_CALLS: 'malformed', MALFORMED_RESPONSE: 'malformed',
  MISSING_THOUGHT_SIGNATURE: 'malformed',
  // Responses
  max_output_tokens: 'length',
};

/** @throws Error on a reason that nobody has met: it needs a row */
export function finishFact(path: string, written: unknown): Fact {
  if (written === null || written === undefined || written === '') return { path, kind: 'finish', reason: 'none' };
  const reason = FINISHES[stringIn(written)];
  if (reason === undefined) throw new Error(`${path}: unknown finish reason ${JSON.stringify(written)}`);
  return { path, kind: 'finish', reason };
}

interface Counts {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** None where the provider did not count. */
export function usageFact(path: string, { input, output, cacheRead, cacheWrite, reasoning }: Counts): readonly Fact[] {
  if (input === undefined && output === undefined) return [];
  return [{
    path, kind: 'usage', input: input ?? 0, output: output ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
  }];
}

/** Chat's counts, which Responses names otherwise. Some count thoughts in the total alone. */
export function familyUsage(path: string, usage: JsonObject): readonly Fact[] {
  const input = numberIn(usage['prompt_tokens'] ?? usage['input_tokens']);
  const output = numberIn(usage['completion_tokens'] ?? usage['output_tokens']);
  const read = objectIn(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const made = objectIn(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  const total = numberIn(usage['total_tokens']);
  const uncounted = total === undefined ? 0 : Math.max(0, total - (input ?? 0) - (output ?? 0));
  return usageFact(path, {
    input, output: output === undefined ? undefined : output + uncounted, cacheRead: numberIn(read['cached_tokens']),
    cacheWrite: numberIn(read['cache_write_tokens']), reasoning: numberIn(made['reasoning_tokens']),
  });
}

/** Anthropic and Bedrock count what was read from and written to the cache beside the input. */
export function sumOf(...counts: readonly (number | undefined)[]): number | undefined {
  return counts.every((count) => count === undefined) ? undefined : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

export const modelFact = (path: string, model: unknown): readonly Fact[] =>
  stringIn(model) === '' ? [] : [{ path, kind: 'model', model: stringIn(model) }];

export function errorFact(path: string, error: unknown): Fact {
  const said = objectIn(error);
  return { path, kind: 'error', message: stringIn(said['message']) || stringIn(error) || JSON.stringify(error) };
}
