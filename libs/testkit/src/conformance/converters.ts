/** The pairs under test, in one list, and their streams without the type of what each remembers. */
import {
  chatConverse, chatGemini, chatMessages, chatResponses, PLAIN_RULES, type AnswerInput, type ConvertedAnswer, type ConvertedRequest, type Pair, type ProviderEvent, type Refused, type Remembered,
  type RequestInput, type ResponseInput, type Rules, type Warning,
} from '@sluice/wire';
import type { Endpoint, Format } from '../judges/judges.ts';

export interface OpenStream {
  step(event: ProviderEvent): readonly string[];
  end(): readonly string[];
  warnings(): readonly Warning[];
  remembered(): readonly Remembered[];
}

export interface Converter {
  readonly from: Endpoint;
  readonly to: Format;
  request(input: RequestInput): ConvertedRequest | Refused;
  response(input: ResponseInput): ConvertedAnswer;
  stream(input: AnswerInput): OpenStream;
}

/** The same pair; its states stay inside. */
export function converterOf<State>(from: Endpoint, to: Format, pair: Pair<State>): Converter {
  return {
    from, to,
    request: pair.request,
    response: pair.response,
    stream: (input) => {
      let state = pair.stream.start(input);
      return {
        step: (event) => {
          const [next, sent] = pair.stream.step(state, event);
          state = next;
          return sent;
        },
        end: () => pair.stream.end(state),
        warnings: () => pair.stream.warnings(state),
        remembered: () => pair.stream.remembered(state),
      };
    },
  };
}

export const CONVERTERS: readonly Converter[] = [
  converterOf('chat', 'responses', chatResponses),
  converterOf('chat', 'messages', chatMessages),
  converterOf('chat', 'converse', chatConverse),
  converterOf('chat', 'gemini', chatGemini),
];

/** A target as its owner's own models want it; signatures go back to their own family alone. */
export const RULES: Readonly<Record<Format, Rules>> = {
  chat: PLAIN_RULES,
  responses: { ...PLAIN_RULES, family: 'openai', reasoning: 'effort' },
  messages: { ...PLAIN_RULES, family: 'anthropic' },
  converse: { ...PLAIN_RULES, family: 'bedrock' },
  gemini: { ...PLAIN_RULES, family: 'google' },
};

export const nameOf = ({ from, to }: Converter): string => `${from} → ${to}`;
