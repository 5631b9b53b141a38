/** OpenAI Chat Completions. */
import { SERVER_ERROR } from '../../manners/openai.ts';
import type { Failure } from '../../manners/manner.ts';
import type { Given, Prepared, StreamEvent, WireFormat } from '../format.ts';
import { inputTokensOf } from '../produce.ts';
import { automaticUse } from '../prompt-cache.ts';
import { SSE_TYPE, unnamed } from '../sse.ts';
import { choicesOf } from './answer.ts';
import { readChatRequest } from './request.ts';
import { writeBody, writeEvents } from './write.ts';

export const chatFormat: WireFormat = {
  id: 'chat',
  prepare,
  errorEvent: (body) => unnamed(JSON.stringify(body ?? { error: SERVER_ERROR })),
};

/** Azure judges the prompt first, in an event that holds nothing else. */
export const azureChatFormat: WireFormat = {
  ...chatFormat,
  prepare(json, given) {
    const answer = prepare(json, given);
    return 'kind' in answer ? answer : { ...answer, events: (usage) => [PROMPT_JUDGED, ...answer.events(usage)] };
  },
};

const SAFE = { filtered: false, severity: 'safe' };
const PROMPT_JUDGED: StreamEvent = {
  tokens: 0,
  data: unnamed(JSON.stringify({
    choices: [], created: 0, id: '', model: '', object: '',
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE } }],
  })),
};

function prepare(json: unknown, given: Given): Prepared | Failure {
  const request = readChatRequest(json, given.address.model);
  if ('kind' in request) return request;
  const choices = choicesOf(request, given);
  const outputTokens = choices.reduce((sum, choice) => sum + choice.tokens, 0);
  const cachedTokens = automaticUse(given, request.model, request.turns);
  const answer = { request, given, choices, cachedTokens };
  return {
    model: request.model,
    stream: request.stream,
    contentType: request.stream ? SSE_TYPE : 'application/json',
    inputTokens: inputTokensOf(request.turns, request.toolsJson),
    outputTokens,
    maxOutputTokens: request.maxTokens === null ? outputTokens : request.maxTokens * request.n,
    body: (usage) => writeBody(answer, usage),
    events: (usage) => writeEvents(answer, usage),
  };
}
