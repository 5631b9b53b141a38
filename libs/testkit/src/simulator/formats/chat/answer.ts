/** What a Chat Completions request is answered with, before it is written down as a body or as a stream. */
import { randomId } from '../../random.ts';
import type { Given } from '../format.ts';
import { produce, type ProducedCall } from '../produce.ts';
import type { Words } from '../answer-text.ts';
import type { ChatRequest } from './request.ts';

export interface ChatCall extends ProducedCall {
  readonly id: string;
}

export interface ChatChoice {
  /** Null beside tool calls. */
  readonly words: Words | null;
  readonly calls: readonly ChatCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls';
  readonly thoughtTokens: number;
  readonly tokens: number;
}

export const choicesOf = (request: ChatRequest, given: Given): readonly ChatChoice[] =>
  Array.from({ length: request.n }, (_, index) => choiceOf(request, given, index));

function choiceOf(request: ChatRequest, given: Given, index: number): ChatChoice {
  const wantedTokens = given.wantedOutputTokens ?? request.wantedTokens;
  const { words, calls, finish, thought, tokens } = produce({ ...request, wantedTokens }, given.seed + index);
  return {
    words,
    calls: calls.map((call, i) => ({ ...call, id: `call_${randomId(24, 'call', i, given.seed, given.call, index)}` })),
    finish: finish === 'length' ? 'length' : finish === 'tools' && !request.named ? 'tool_calls' : 'stop',
    thoughtTokens: thought?.length ?? 0,
    tokens,
  };
}
