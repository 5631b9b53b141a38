/** OpenAI Chat Completions. */
import type { LimitState } from '../../limits/enforcer.ts';
import type { Given, Prepared, Failure, WireFormat } from '../format.ts';
import { choicesOf, inputTokensOf } from './answer.ts';
import { duration, sayFailure, SERVER_ERROR } from './failure.ts';
import { readChatRequest } from './request.ts';
import { writeBody, writeEvents } from './write.ts';

export const chatFormat: WireFormat = {
  id: 'chat',
  speaks: (path) => path === '/v1/chat/completions',
  keyOf: (headers) => /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null,
  prepare,
  failure: sayFailure,
  headers: ({ requestId, tookMs }) => ({
    'x-request-id': requestId,
    'openai-organization': 'simulator',
    'openai-processing-ms': String(Math.round(tookMs)),
    'openai-version': '2020-10-01',
  }),
  limitHeaders(states) {
    const requests = states.find(({ limit }) => limit.dimension === 'requests');
    const total = states.find(({ limit }) => limit.dimension === 'total_tokens');
    const input = states.find(({ limit }) => limit.dimension === 'input_tokens');
    return { ...rateLimitHeaders('requests', requests), ...rateLimitHeaders('tokens', total ?? input) };
  },
  streamType: 'text/event-stream; charset=utf-8',
  errorEvent: (body) => `data: ${JSON.stringify(body ?? { error: SERVER_ERROR })}\n\n`,
};

function prepare(json: unknown, given: Given): Prepared | Failure {
  const request = readChatRequest(json);
  if ('kind' in request) return request;
  const choices = choicesOf(request, given);
  const outputTokens = choices.reduce((sum, choice) => sum + choice.tokens, 0);
  const answer = { request, given, choices };
  return {
    model: request.model,
    stream: request.stream,
    inputTokens: inputTokensOf(request),
    outputTokens,
    maxOutputTokens: request.maxTokens === null ? outputTokens : request.maxTokens * request.n,
    body: (usage) => writeBody(answer, usage),
    events: (usage) => writeEvents(answer, usage),
  };
}

const rateLimitHeaders = (unit: string, state: LimitState | undefined): Record<string, string> => (state === undefined ? {} : {
  [`x-ratelimit-limit-${unit}`]: String(state.limit.amount),
  [`x-ratelimit-remaining-${unit}`]: String(state.remaining),
  [`x-ratelimit-reset-${unit}`]: duration(state.resetMs),
});
