/** Bedrock Converse, and ConverseStream as an AWS event stream. */
import type { SaidUsage } from '../../faults/rule.ts';
import type { Failure } from '../../manners/manner.ts';
import { randomId } from '../../random.ts';
import { EVENT_STREAM_TYPE, eventFrame, exceptionFrame, padding } from '../event-stream.ts';
import type { Given, Prepared, StreamEvent, WireFormat } from '../format.ts';
import { counted } from '../messages/messages.ts';
import { readMessagesRequest } from '../messages/request.ts';
import { inputTokensOf, produce, type Produced } from '../produce.ts';
import { markedUse, type CacheUse } from '../prompt-cache.ts';
import { objectOf } from '../read.ts';
import { sign } from '../signature.ts';
import { readConverseRequest } from './request.ts';

export const converseFormat: WireFormat = {
  id: 'converse',
  prepare,
  errorEvent: (body) => exceptionFrame(
    'modelStreamErrorException', body instanceof Object ? body : { message: 'The model returned an error while streaming.' },
  ),
};

interface Answer {
  readonly given: Given;
  readonly produced: Produced;
  readonly cache: CacheUse;
}

const LATENCY_MS = 40;

function prepare(json: unknown, given: Given): Prepared | Failure {
  const request = readConverseRequest(json);
  if ('kind' in request) return request;
  const model = given.address.model ?? '';
  const stream = given.address.stream === true;
  const produced = produce({ ...request, wantedTokens: given.wantedOutputTokens }, given.seed);
  const cache = markedUse(given, model, request.turns.slice(0, request.markedTurns));
  const answer: Answer = { given, produced, cache };
  return {
    model,
    stream,
    contentType: stream ? EVENT_STREAM_TYPE : 'application/json',
    inputTokens: inputTokensOf(request.turns, request.toolsJson) - cache.read,
    outputTokens: produced.tokens,
    maxOutputTokens: request.maxTokens ?? produced.tokens,
    body: (usage) => JSON.stringify({
      metrics: { latencyMs: LATENCY_MS },
      output: { message: { content: blocksOf(answer).map(({ whole }) => whole), role: 'assistant' } },
      stopReason: STOP_REASONS[produced.finish],
      ...(usage === null ? {} : { usage: usageOf(cache, usage) }),
    }),
    events: (usage) => eventsOf(answer, usage),
  };
}

const STOP_REASONS = { end: 'end_turn', stop: 'stop_sequence', length: 'max_tokens', tools: 'tool_use' } as const;

/** `start` is said of calls alone: text and thoughts begin with their first piece. */
interface Block {
  readonly whole: object;
  readonly start: object | null;
  readonly deltas: readonly { readonly delta: object; readonly tokens: number }[];
}

function blocksOf({ given, produced }: Answer): readonly Block[] {
  const blocks: Block[] = [];
  if (produced.thought !== null) {
    const text = produced.thought.join('');
    const signature = sign('anthropic', given.seed, text);
    blocks.push({
      whole: { reasoningContent: { reasoningText: { text, signature } } },
      start: null,
      deltas: [
        ...produced.thought.map((word) => ({ delta: { reasoningContent: { text: word } }, tokens: 1 })),
        { delta: { reasoningContent: { signature } }, tokens: 0 },
      ],
    });
  }
  if (produced.words !== null && produced.words.length > 0) {
    blocks.push({
      whole: { text: produced.words.join('') }, start: null,
      deltas: produced.words.map((text) => ({ delta: { text }, tokens: 1 })),
    });
  }
  produced.calls.forEach((call, n) => {
    const begin = { toolUseId: `tooluse_${randomId(22, 'call', n, given.seed, given.call)}`, name: call.name };
    blocks.push({
      whole: { toolUse: { ...begin, input: inputOf(call.argumentPieces.join('')) } },
      start: { toolUse: begin },
      deltas: call.argumentPieces.map((input) => ({ delta: { toolUse: { input } }, tokens: 1 })),
    });
  });
  return blocks;
}

/** Arguments that the maximum cut off are not JSON. */
function inputOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

/** Usage comes after the stop. */
function eventsOf(answer: Answer, usage: SaidUsage | null): StreamEvent[] {
  const { produced, cache } = answer;
  const blocks = blocksOf(answer);
  const shown = blocks.flatMap(({ deltas }) => deltas).reduce((sum, { tokens }) => sum + tokens, 0);
  const events = [
    { type: 'messageStart', body: { role: 'assistant' }, tokens: 0 },
    ...blocks.flatMap(({ start, deltas }, contentBlockIndex) => [
      ...(start === null ? [] : [{ type: 'contentBlockStart', body: { contentBlockIndex, start }, tokens: 0 }]),
      ...deltas.map(({ delta, tokens }) => ({ type: 'contentBlockDelta', body: { contentBlockIndex, delta }, tokens })),
      { type: 'contentBlockStop', body: { contentBlockIndex }, tokens: 0 },
    ]),
    { type: 'messageStop', body: { stopReason: STOP_REASONS[produced.finish] }, tokens: Math.max(0, produced.tokens - shown) },
    {
      type: 'metadata', tokens: 0,
      body: { metrics: { latencyMs: LATENCY_MS }, ...(usage === null ? {} : { usage: usageOf(cache, usage) }) },
    },
  ];
  return events.map(({ type, body, tokens }, n) => ({ data: eventFrame(type, { ...body, p: padding(n) }), tokens }));
}

function usageOf(cache: CacheUse, { inputTokens, outputTokens }: SaidUsage): object {
  const input = Math.max(0, inputTokens - cache.written);
  const cached = {
    cacheReadInputTokens: cache.read, cacheReadInputTokenCount: cache.read,
    cacheWriteInputTokens: cache.written, cacheWriteInputTokenCount: cache.written,
  };
  return {
    ...(cache.read + cache.written > 0 ? cached : {}),
    inputTokens: input, outputTokens, totalTokens: input + cache.read + cache.written + outputTokens,
  };
}

/** `CountTokens`: of a request of Converse, or of one of InvokeModel in base64. */
export const bedrockCountFormat: WireFormat = {
  ...converseFormat,
  id: 'bedrock-count',
  prepare(json, given) {
    const input = objectOf(objectOf(json)['input']);
    const request = input['converse'] === undefined
      ? readMessagesRequest(invoked(objectOf(input['invokeModel'])['body']), { model: given.address.model, stream: false, countOnly: true })
      : readConverseRequest(input['converse']);
    if ('kind' in request) return request;
    return counted(given.address.model ?? '', { inputTokens: inputTokensOf(request.turns, request.toolsJson) });
  },
};

/** What is not JSON is refused as a request without members. */
function invoked(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.from(String(body), 'base64').toString());
  } catch {
    return undefined;
  }
}
