/** What a request is answered with, before a format writes it down: thoughts, words, calls, and why it ended. */
import { TOKENS_PER_MEDIA, TOKENS_PER_MESSAGE, TOKENS_PER_REQUEST, textTokens } from '../tokens.ts';
import { answerWords, piecesOf, wordsOf, type Words } from './answer-text.ts';
import { valueOf } from './schema-value.ts';

/** One message, as far as the simulator reads it. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** Its text parts, joined; calls and results as their JSON. */
  readonly text: string;
  readonly media: number;
}

export interface Tool {
  readonly name: string;
  readonly parameters: unknown;
}

export type AnswerShape =
  | { readonly kind: 'text' }
  | { readonly kind: 'json'; readonly schema: unknown }
  | { readonly kind: 'tools'; readonly tools: readonly Tool[] };

/** What the request says of its answer. */
export interface Asked {
  readonly turns: readonly Turn[];
  readonly shape: AnswerShape;
  /** For each choice. */
  readonly maxTokens: number | null;
  /** Exactly so many, if the maximum allows. */
  readonly wantedTokens: number | null;
  readonly stop: readonly string[];
  readonly thinks: boolean;
}

export interface ProducedCall {
  readonly name: string;
  readonly argumentPieces: Words;
}

export interface Produced {
  /** Null where nothing was thought. Its words are output tokens as well. */
  readonly thought: Words | null;
  /** Null beside calls. */
  readonly words: Words | null;
  readonly calls: readonly ProducedCall[];
  readonly finish: 'end' | 'stop' | 'length' | 'tools';
  readonly stopSequence: string | null;
  /** Thoughts included. */
  readonly tokens: number;
}

export function inputTokensOf(turns: readonly Turn[], toolsJson: string | null): number {
  const messages = turns.reduce(
    (sum, { text, media }) => sum + TOKENS_PER_MESSAGE + textTokens(text) + media * TOKENS_PER_MEDIA, 0,
  );
  return TOKENS_PER_REQUEST + messages + (toolsJson === null ? 0 : textTokens(toolsJson));
}

const THOUGHT = wordsOf('The question is short and clear, so a short answer will do.');

/** `variant` tells the choices of one request apart. */
export function produce(asked: Asked, variant: number): Produced {
  const most = asked.maxTokens ?? Infinity;
  const thought = asked.thinks ? THOUGHT.slice(0, Math.min(most, Math.ceil((asked.wantedTokens ?? Infinity) / 2))) : null;
  const spent = thought?.length ?? 0;
  const wanted = asked.wantedTokens === null ? null : Math.max(0, asked.wantedTokens - spent);
  const said = say(asked, { most: most - spent, wanted, variant });
  return { ...said, thought, tokens: said.tokens + spent };
}

interface Room {
  readonly most: number;
  readonly wanted: number | null;
  readonly variant: number;
}

function say(asked: Asked, room: Room): Omit<Produced, 'thought'> {
  const { shape } = asked;
  const { most, wanted } = room;
  switch (shape.kind) {
    case 'text': {
      const all = answerWords(lastUserText(asked.turns), wanted, room.variant);
      const { words, stopSequence } = beforeStop(all, asked.stop);
      const isCut = words.length > most;
      const finish = isCut ? 'length' : stopSequence === null ? 'end' : 'stop';
      return { words: words.slice(0, most), calls: [], finish, stopSequence: isCut ? null : stopSequence, tokens: Math.min(words.length, most) };
    }
    case 'json': {
      const value = shape.schema === null ? { answer: 'from the simulator' } : valueOf(shape.schema, 'simulated');
      const pieces = piecesOf(JSON.stringify(value));
      const tokens = wanted ?? pieces.length;
      return {
        words: pieces.slice(0, most), calls: [], finish: tokens > most ? 'length' : 'end', stopSequence: null, tokens: Math.min(tokens, most),
      };
    }
    case 'tools': return call(shape.tools, room);
    default: return shape satisfies never;
  }
}

function call(tools: readonly Tool[], { most, wanted }: Room): Omit<Produced, 'thought'> {
  let left = most;
  let all = 0;
  const calls = tools.map((tool): ProducedCall => {
    const pieces = piecesOf(JSON.stringify(valueOf(tool.parameters ?? { type: 'object' }, 'simulated') ?? {}));
    const sent = pieces.slice(0, left);
    left -= sent.length;
    all += pieces.length;
    return { name: tool.name, argumentPieces: sent };
  });
  const tokens = wanted ?? all;
  return { words: null, calls, finish: tokens > most ? 'length' : 'tools', stopSequence: null, tokens: Math.min(tokens, most) };
}

export const lastUserText = (turns: readonly Turn[]): string => turns.findLast(({ role }) => role === 'user')?.text ?? '';

/** The words before the first stop sequence, the last one cut where it begins. */
function beforeStop(words: Words, stop: readonly string[]): { readonly words: Words; readonly stopSequence: string | null } {
  const text = words.join('');
  const ends = stop.map((sequence) => ({ sequence, at: text.indexOf(sequence) })).filter(({ at }) => at >= 0);
  const [first] = ends.toSorted((a, b) => a.at - b.at);
  if (!first) return { words, stopSequence: null };
  let left = first.at;
  const kept: string[] = [];
  for (const word of words) {
    if (left <= 0) break;
    kept.push(word.slice(0, left));
    left -= word.length;
  }
  return { words: kept, stopSequence: first.sequence };
}
