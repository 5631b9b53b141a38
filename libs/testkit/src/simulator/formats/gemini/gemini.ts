/** `generateContent` of Gemini and Vertex: one body; a stream of events; or, without `alt=sse`, a stream that is one JSON array. */
import type { SaidUsage } from '../../faults/rule.ts';
import type { Failure } from '../../manners/manner.ts';
import { randomId } from '../../random.ts';
import type { Given, Prepared, StreamEvent, WireFormat } from '../format.ts';
import { counted } from '../messages/messages.ts';
import { inputTokensOf, produce, type Produced } from '../produce.ts';
import { automaticUse } from '../prompt-cache.ts';
import { objectOf } from '../read.ts';
import { sign } from '../signature.ts';
import { memberOf, readGeminiRequest, type GeminiRequest } from './request.ts';

export const geminiFormat: WireFormat = {
  id: 'gemini',
  prepare,
  errorEvent: (body) => `data: ${JSON.stringify(body ?? OVERLOADED)}\r\n\r\n`,
};

const OVERLOADED = { error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } };

const JSON_UTF8 = 'application/json; charset=UTF-8';

interface Answer {
  readonly model: string;
  readonly request: GeminiRequest;
  readonly given: Given;
  readonly candidates: readonly Produced[];
  readonly cachedTokens: number;
}

function prepare(json: unknown, given: Given): Prepared | Failure {
  const request = readGeminiRequest(json);
  if ('kind' in request) return request;
  const model = given.address.model ?? '';
  const wantedTokens = given.wantedOutputTokens;
  const candidates = Array.from({ length: request.candidates }, (_, n) => produce({ ...request, wantedTokens }, given.seed + n));
  const answer: Answer = { model, request, given, candidates, cachedTokens: automaticUse(given, model, request.turns) };
  const outputTokens = candidates.reduce((sum, { tokens }) => sum + tokens, 0);
  const stream = given.address.stream === true;
  const isSse = given.address.query.get('alt') === 'sse';
  return {
    model,
    stream,
    contentType: stream && isSse ? 'text/event-stream' : JSON_UTF8,
    inputTokens: inputTokensOf(request.turns, request.toolsJson),
    outputTokens,
    maxOutputTokens: request.maxTokens === null ? outputTokens : request.maxTokens * request.candidates,
    body: (usage) => JSON.stringify(bodyOf(answer, candidates.map((produced, n) => wholeCandidate(answer, produced, n)), usage), null, 2),
    events: (usage) => (isSse ? asSse : asArray)(chunksOf(answer, usage)),
  };
}

interface Part {
  readonly part: object;
  readonly tokens: number;
}

/** `streamed`: a word a part. Unlike text, a call comes whole; the first one, or the last text, carries the signature. */
function partsOf({ given, request }: Answer, produced: Produced, streamed: boolean): Part[] {
  const split = (words: readonly string[]): readonly string[] => (streamed ? words : words.length > 0 ? [words.join('')] : []);
  const thought = produced.thought === null || !request.showsThought ? [] : split(produced.thought);
  const signature = produced.thought === null ? {} : { thoughtSignature: sign('google', given.seed, produced.thought.join('')) };
  const texts = split(produced.words ?? []).map((text): Part => ({ part: { text }, tokens: streamed ? 1 : 0 }));
  const calls = produced.calls.map((call, n): Part => ({
    part: {
      functionCall: { name: call.name, args: argsOf(call.argumentPieces.join('')), id: randomId(8, 'call', n, given.seed, given.call) },
      ...(n === 0 ? signature : {}),
    },
    tokens: call.argumentPieces.length,
  }));
  const end: Part[] = calls.length === 0 && produced.thought !== null ? [{ part: { text: '', ...signature }, tokens: 0 }] : [];
  return [...thought.map((text): Part => ({ part: { text, thought: true }, tokens: streamed ? 1 : 0 })), ...texts, ...calls, ...end];
}

/** Arguments that the maximum cut off are not JSON. */
function argsOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

const finishOf = ({ finish, calls }: Produced): object => ({
  finishReason: finish === 'length' ? 'MAX_TOKENS' : 'STOP',
  ...(calls.length > 0 ? { finishMessage: 'Model generated function call(s).' } : {}),
});

const wholeCandidate = (answer: Answer, produced: Produced, index: number): object => ({
  content: { parts: partsOf(answer, produced, false).map(({ part }) => part), role: 'model' }, ...finishOf(produced), index,
});

function chunksOf(answer: Answer, usage: SaidUsage | null): { readonly chunk: object; readonly tokens: number }[] {
  return answer.candidates.flatMap((produced, index) => {
    const parts = partsOf(answer, produced, true);
    const left = produced.tokens - parts.reduce((sum, { tokens }) => sum + tokens, 0);
    const all: readonly Part[] = parts.length > 0 ? parts : [{ part: { text: '' }, tokens: 0 }];
    return all.map(({ part, tokens }, n) => {
      const isLast = n === all.length - 1;
      const candidate = { content: { parts: [part], role: 'model' }, ...(isLast ? finishOf(produced) : {}), index };
      return { chunk: bodyOf(answer, [candidate], usage), tokens: tokens + (isLast ? Math.max(0, left) : 0) };
    });
  });
}

function bodyOf(answer: Answer, candidates: readonly object[], usage: SaidUsage | null): object {
  const { model, given, cachedTokens } = answer;
  return {
    candidates,
    ...(usage === null ? {} : { usageMetadata: usageOf(answer, usage, cachedTokens) }),
    modelVersion: model,
    responseId: randomId(22, 'response', given.seed, given.call),
  };
}

/** Thoughts stand beside the candidates' count, not in it. */
function usageOf({ candidates }: Answer, { inputTokens, outputTokens }: SaidUsage, cachedTokens: number): object {
  const thoughts = Math.min(outputTokens, candidates.reduce((sum, { thought }) => sum + (thought?.length ?? 0), 0));
  return {
    promptTokenCount: inputTokens,
    ...(outputTokens > thoughts ? { candidatesTokenCount: outputTokens - thoughts } : {}),
    totalTokenCount: inputTokens + outputTokens,
    ...(cachedTokens > 0 ? { cachedContentTokenCount: Math.min(cachedTokens, inputTokens) } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
  };
}

type Chunks = ReturnType<typeof chunksOf>;

const asSse = (chunks: Chunks): StreamEvent[] =>
  chunks.map(({ chunk, tokens }) => ({ data: `data: ${JSON.stringify(chunk)}\r\n\r\n`, tokens }));

const asArray = (chunks: Chunks): StreamEvent[] => chunks.map(({ chunk, tokens }, n) =>
  ({ data: `${n === 0 ? '[' : ','}${JSON.stringify(chunk)}${n === chunks.length - 1 ? ']' : ''}\n`, tokens }));

/** `countTokens`, of contents alone or of a whole request. */
export const geminiCountFormat: WireFormat = {
  ...geminiFormat,
  id: 'gemini-count',
  prepare(json, given) {
    const request = readGeminiRequest(memberOf(objectOf(json), 'generateContentRequest') ?? json);
    if ('kind' in request) return request;
    const totalTokens = inputTokensOf(request.turns, request.toolsJson);
    return counted(given.address.model ?? '', { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] });
  },
};
