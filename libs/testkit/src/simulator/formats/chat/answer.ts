/** What a Chat Completions request is answered with, before it is written down as a body or as a stream. */
import { randomId } from '../../random.ts';
import { TOKENS_PER_MEDIA, TOKENS_PER_MESSAGE, TOKENS_PER_REQUEST, textTokens } from '../../tokens.ts';
import { answerWords, piecesOf, type Words } from '../answer-text.ts';
import type { Given } from '../format.ts';
import { valueOf } from '../schema-value.ts';
import type { ChatRequest } from './request.ts';

export interface ChatCall {
  readonly id: string;
  readonly name: string;
  readonly argumentPieces: Words;
}

export interface ChatChoice {
  /** Null beside tool calls. */
  readonly words: Words | null;
  readonly calls: readonly ChatCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls';
  readonly tokens: number;
}

export function inputTokensOf(request: ChatRequest): number {
  const messages = request.messages.reduce(
    (sum, { text, media }) => sum + TOKENS_PER_MESSAGE + textTokens(text) + media * TOKENS_PER_MEDIA, 0,
  );
  return TOKENS_PER_REQUEST + messages + (request.toolsJson === null ? 0 : textTokens(request.toolsJson));
}

export const choicesOf = (request: ChatRequest, given: Given): readonly ChatChoice[] =>
  Array.from({ length: request.n }, (_, index) => choiceOf(request, given, index));

function choiceOf(request: ChatRequest, given: Given, index: number): ChatChoice {
  const wanted = given.wantedOutputTokens ?? request.wantedOutputTokens;
  const most = request.maxTokens ?? Infinity;
  const { shape } = request;
  switch (shape.kind) {
    case 'text': {
      const all = answerWords(lastUserText(request), wanted, given.seed + index);
      const words = beforeStop(all, request.stop);
      return {
        words: words.slice(0, most),
        calls: [],
        finish: words.length > most ? 'length' : 'stop',
        tokens: Math.min(words.length, most),
      };
    }
    case 'json': {
      const value = shape.schema === null ? { answer: 'from the simulator' } : valueOf(shape.schema, 'simulated');
      const pieces = piecesOf(JSON.stringify(value));
      const tokens = wanted ?? pieces.length;
      return {
        words: pieces.slice(0, most), calls: [], finish: tokens > most ? 'length' : 'stop', tokens: Math.min(tokens, most),
      };
    }
    case 'tools': return toolChoiceOf(shape, { most, wanted, idSeed: [given.seed, given.call, index] });
    default: return shape satisfies never;
  }
}

interface ToolBudget {
  readonly most: number;
  readonly wanted: number | null;
  readonly idSeed: readonly number[];
}

function toolChoiceOf(shape: Extract<ChatRequest['shape'], { kind: 'tools' }>, budget: ToolBudget): ChatChoice {
  let left = budget.most;
  let all = 0;
  const calls = shape.tools.map((tool, i): ChatCall => {
    const pieces = piecesOf(JSON.stringify(valueOf(tool.parameters ?? { type: 'object' }, 'simulated') ?? {}));
    const sent = pieces.slice(0, left);
    left -= sent.length;
    all += pieces.length;
    return { id: `call_${randomId(24, 'call', i, ...budget.idSeed)}`, name: tool.name, argumentPieces: sent };
  });
  const tokens = budget.wanted ?? all;
  const whole = shape.named ? 'stop' : 'tool_calls';
  return { words: null, calls, finish: tokens > budget.most ? 'length' : whole, tokens: Math.min(tokens, budget.most) };
}

const lastUserText = (request: ChatRequest): string =>
  request.messages.findLast((message) => message.role === 'user')?.text ?? '';

/** The words before the first stop sequence, the last one cut where it begins. */
function beforeStop(words: Words, stop: readonly string[]): Words {
  if (stop.length === 0) return words;
  const text = words.join('');
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  if (ends.length === 0) return words;
  let left = Math.min(...ends);
  const kept: string[] = [];
  for (const word of words) {
    if (left <= 0) break;
    kept.push(word.slice(0, left));
    left -= word.length;
  }
  return kept;
}
