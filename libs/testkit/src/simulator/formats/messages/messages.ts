/** Anthropic Messages: at Anthropic, at Vertex (the same events) and at Bedrock (the same, inside AWS event streams). */
import { OVERLOADED } from '../../manners/anthropic.ts';
import type { Failure } from '../../manners/manner.ts';
import { EVENT_STREAM_TYPE, eventFrame, exceptionFrame, padding } from '../event-stream.ts';
import type { Given, Prepared, StreamEvent, WireFormat } from '../format.ts';
import { inputTokensOf, produce } from '../produce.ts';
import { markedUse } from '../prompt-cache.ts';
import { named, SSE_TYPE } from '../sse.ts';
import { readMessagesRequest } from './request.ts';
import { eventsOf, padded, writeBody, type MessagesAnswer, type MessagesEvent } from './write.ts';

/** What differs between those who speak it. */
interface Framing {
  readonly idTag: string;
  readonly pingFirst: boolean;
  readonly contentType: string;
  readonly frame: (event: MessagesEvent, n: number, answer: MessagesAnswer) => StreamEvent[];
}

const asSse = ({ name, body, tokens }: MessagesEvent, n: number): StreamEvent[] =>
  [{ data: named(name, name === 'ping' ? '{"type": "ping"}' : padded(body, n)), tokens }];

function asFrame({ name, body, tokens }: MessagesEvent, n: number, { produced, request }: MessagesAnswer): StreamEvent[] {
  if (name === 'ping') return [];
  const metrics = {
    inputTokenCount: inputTokensOf(request.turns, request.toolsJson), outputTokenCount: produced.tokens, invocationLatency: 40, firstByteLatency: 40,
  };
  const inner = name === 'message_stop' ? { ...body, 'amazon-bedrock-invocationMetrics': metrics } : body;
  const bytes = Buffer.from(JSON.stringify(inner)).toString('base64');
  return [{ data: eventFrame('chunk', { bytes, p: padding(n) }), tokens }];
}

const sse = { contentType: SSE_TYPE, frame: asSse };

export const messagesFormat = formatOf('messages', { ...sse, idTag: '', pingFirst: false });
export const vertexMessagesFormat = formatOf('vertex-messages', { ...sse, idTag: 'vrtx_', pingFirst: true });
export const bedrockMessagesFormat: WireFormat = {
  ...formatOf('bedrock-messages', { idTag: 'bdrk_', pingFirst: false, contentType: EVENT_STREAM_TYPE, frame: asFrame }),
  errorEvent: (body) => exceptionFrame(
    'modelStreamErrorException', body instanceof Object ? body : { message: 'The model returned an error while streaming.' },
  ),
};

function formatOf(id: string, framing: Framing): WireFormat {
  return {
    id,
    prepare: (json, given) => prepare(json, given, framing),
    errorEvent: (body) => named('error', JSON.stringify(body ?? OVERLOADED)),
  };
}

function prepare(json: unknown, given: Given, { idTag, pingFirst, contentType, frame }: Framing): Prepared | Failure {
  const request = readMessagesRequest(json, { ...given.address, countOnly: false });
  if ('kind' in request) return request;
  const produced = produce({ ...request, wantedTokens: given.wantedOutputTokens ?? request.wantedTokens }, given.seed);
  const cache = markedUse(given, request.model, request.turns.slice(0, request.markedTurns));
  const answer: MessagesAnswer = { request, given, produced, cache, idTag };
  return {
    model: request.model,
    stream: request.stream,
    contentType: request.stream ? contentType : 'application/json',
    inputTokens: inputTokensOf(request.turns, request.toolsJson) - cache.read,
    outputTokens: produced.tokens,
    maxOutputTokens: request.maxTokens ?? produced.tokens,
    body: (usage) => writeBody(answer, usage),
    events: (usage) => eventsOf(answer, usage, pingFirst).flatMap((event, n) => frame(event, n, answer)),
  };
}

/** `count_tokens`: the same request, of which only the size is told. */
export const countTokensFormat: WireFormat = {
  ...messagesFormat,
  id: 'count-tokens',
  prepare(json, given) {
    const request = readMessagesRequest(json, { model: given.address.model, stream: false, countOnly: true });
    if ('kind' in request) return request;
    const inputTokens = inputTokensOf(request.turns, request.toolsJson);
    return counted(request.model, { input_tokens: inputTokens });
  },
};

/** An answer that takes nothing of any limit. */
export const counted = (model: string, body: object): Prepared => ({
  model, stream: false, contentType: 'application/json', inputTokens: 0, outputTokens: 0, maxOutputTokens: 0, free: true,
  body: () => JSON.stringify(body), events: () => [],
});
