/** OpenAI Responses. */
import type { Failure } from '../../manners/manner.ts';
import type { SaidUsage } from '../../faults/rule.ts';
import { SERVER_ERROR } from '../../manners/openai.ts';
import { randomId } from '../../random.ts';
import type { Given, Prepared, WireFormat } from '../format.ts';
import { inputTokensOf, produce, type Produced } from '../produce.ts';
import { automaticUse } from '../prompt-cache.ts';
import { isObject } from '../read.ts';
import { named, SSE_TYPE } from '../sse.ts';
import { writeEvents } from './events.ts';
import { itemsOf, type Item } from './items.ts';
import { readResponsesRequest, type ResponsesRequest } from './request.ts';

export const responsesFormat: WireFormat = { id: 'responses', prepare, errorEvent };

function prepare(json: unknown, given: Given): Prepared | Failure {
  const request = readResponsesRequest(json, given.address.model);
  if ('kind' in request) return request;
  const produced = produce({ ...request, wantedTokens: given.wantedOutputTokens ?? request.wantedTokens }, given.seed);
  const items = itemsOf(request, given, produced);
  const answer: Answer = {
    request, given, produced, items, cachedTokens: automaticUse(given, request.model, request.turns),
  };
  return {
    model: request.model,
    stream: request.stream,
    contentType: request.stream ? SSE_TYPE : 'application/json',
    inputTokens: inputTokensOf(request.turns, request.toolsJson),
    outputTokens: produced.tokens,
    maxOutputTokens: request.maxTokens ?? produced.tokens,
    body: (usage) => JSON.stringify(responseOf(answer, usage)),
    events: (usage) => writeEvents({
      begun: { ...responseOf(answer, null), status: 'in_progress', completed_at: null, incomplete_details: null, output: [] },
      ended: responseOf(answer, usage),
      endType: produced.finish === 'length' ? 'response.incomplete' : 'response.completed',
      items,
      obfuscation: request.obfuscation,
      restTokens: produced.tokens - shownTokens(items),
    }),
  };
}

interface Answer {
  readonly request: ResponsesRequest;
  readonly given: Given;
  readonly produced: Produced;
  readonly items: readonly Item[];
  readonly cachedTokens: number;
}

const shownTokens = (items: readonly Item[]): number => items.reduce((sum, item) => {
  switch (item.kind) {
    case 'reasoning': return sum + (item.summary?.length ?? 0);
    case 'message': return sum + item.words.length;
    case 'call': return sum + item.pieces.length;
    default: return item satisfies never;
  }
}, 0);

/** What a response repeats of its request, and what stands where that said nothing. */
const ECHOED: Readonly<Record<string, unknown>> = {
  background: false, instructions: null, max_output_tokens: null, max_tool_calls: null, metadata: {}, parallel_tool_calls: true,
  previous_response_id: null, prompt_cache_key: null, safety_identifier: null, store: true, temperature: 1, tool_choice: 'auto',
  tools: [], top_logprobs: 0, top_p: 1, truncation: 'disabled', user: null,
};

function responseOf({ request, given, produced, items, cachedTokens }: Answer, usage: SaidUsage | null): object {
  const isCut = produced.finish === 'length';
  const at = Math.floor(given.now / 1_000);
  const { echo } = request;
  const reasoning = isObject(echo['reasoning']) ? echo['reasoning'] : {};
  return {
    id: `resp_${randomId(50, 'response', given.seed, given.call)}`,
    object: 'response',
    created_at: at,
    status: isCut ? 'incomplete' : 'completed',
    completed_at: at,
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    ...Object.fromEntries(Object.entries(ECHOED).map(([name, otherwise]) => [name, echo[name] ?? otherwise])),
    model: request.model,
    output: items.map(({ whole }) => whole),
    reasoning: { effort: null, summary: null, ...reasoning },
    service_tier: 'default',
    text: { format: { type: 'text' }, verbosity: 'medium', ...(isObject(echo['text']) ? echo['text'] : {}) },
    usage: usage === null ? null : {
      input_tokens: usage.inputTokens,
      input_tokens_details: { cached_tokens: Math.min(cachedTokens, usage.inputTokens) },
      output_tokens: usage.outputTokens,
      output_tokens_details: { reasoning_tokens: Math.min(produced.thought?.length ?? 0, usage.outputTokens) },
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  };
}

/** As when a quota ends in the middle: the error, and then the response as failed. */
function errorEvent(body: unknown, after: number): string {
  const { type, code, message, param } = { ...SERVER_ERROR, code: 'server_error', ...errorIn(body) };
  const said = { type: 'error', sequence_number: after, error: { type, code, message, param } };
  const response = {
    id: `resp_${randomId(50, 'failed')}`, object: 'response', created_at: 0, status: 'failed', error: { code, message },
    incomplete_details: null, output: [], usage: null,
  };
  const failed = { type: 'response.failed', sequence_number: after + 1, response };
  return named('error', JSON.stringify(said)) + named('response.failed', JSON.stringify(failed));
}

const errorIn = (body: unknown): object => (isObject(body) ? (isObject(body['error']) ? body['error'] : body) : {});
