/** The conversions there are, each with the state of its streams to itself. */
import type { Endpoint } from '@sluice/domain';
import { chatConverse } from './chat-converse/index.ts';
import { chatGemini } from './chat-gemini/index.ts';
import { chatMessages } from './chat-messages/index.ts';
import { chatResponses } from './chat-responses/index.ts';
import { embeddingsCohere } from './embeddings-cohere/index.ts';
import { embeddingsGemini } from './embeddings-gemini/index.ts';
import { embeddingsNova } from './embeddings-nova/index.ts';
import { embeddingsTitan } from './embeddings-titan/index.ts';
import { embeddingsVertex } from './embeddings-vertex/index.ts';
import type { AnswerInput, ConvertedAnswer, ConvertedRequest, Pair, ProviderEvent, Refused, Remembered, RequestInput, ResponseInput, Warning } from './pair.ts';

/** A pair whose streams keep their own state. */
export interface Conversion {
  request(input: RequestInput): ConvertedRequest | Refused;
  response(input: ResponseInput): ConvertedAnswer;
  stream(input: AnswerInput): ConvertedStream;
}

export interface ConvertedStream {
  /** The client's events for one of the provider's. */
  take(event: ProviderEvent): readonly string[];
  /** The client's last events; to be asked once, where the provider has ended its stream whole. */
  end(): readonly string[];
  remembered(): readonly Remembered[];
  warnings(): readonly Warning[];
}

export function conversionOf<State>({ request, response, stream }: Pair<State>): Conversion {
  return {
    request,
    response,
    stream(input) {
      let state = stream.start(input);
      return {
        take(event) {
          const [next, sent] = stream.step(state, event);
          state = next;
          return sent;
        },
        end: () => stream.end(state),
        remembered: () => stream.remembered(state),
        warnings: () => stream.warnings(state),
      };
    },
  };
}

const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ['chat-messages', conversionOf(chatMessages)],
  ['chat-converse', conversionOf(chatConverse)],
  ['chat-gemini', conversionOf(chatGemini)],
  ['chat-responses', conversionOf(chatResponses)],
  ['embeddings-gemini-embeddings', conversionOf(embeddingsGemini)],
  ['embeddings-vertex-embeddings', conversionOf(embeddingsVertex)],
  ['embeddings-titan-embeddings', conversionOf(embeddingsTitan)],
  ['embeddings-cohere-embeddings', conversionOf(embeddingsCohere)],
  ['embeddings-nova-embeddings', conversionOf(embeddingsNova)],
]);

/** From a client's format to a provider's, where there is one. */
export const conversionBetween = (client: Endpoint, provider: string): Conversion | undefined =>
  CONVERSIONS.get(`${client}-${provider}`);
