/**
 * The simulator's own count of tokens. It is not any model's, and does not have to be: it is deterministic, and whoever
 * replays a trace can make a prompt of exactly so many.
 */
import { hash } from './random.ts';

/** Each message costs this besides its text, and each request the priming of the answer. */
export const TOKENS_PER_MESSAGE = 4;
export const TOKENS_PER_REQUEST = 3;
/** A part that is no text: image, audio, file. */
export const TOKENS_PER_MEDIA = 85;
const BYTES_PER_TOKEN = 4;

/** ceil(bytes of UTF-8 / 4). */
export const textTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

/** A text that, as the only message of a request, makes it cost exactly `tokens` of input (8 or more). */
export function promptOfTokens(tokens: number, seed = 0): string {
  const bytes = Math.max(1, tokens - TOKENS_PER_MESSAGE - TOKENS_PER_REQUEST) * BYTES_PER_TOKEN;
  const words = WORDS[hash(seed, tokens) % WORDS.length] ?? WORDS[0];
  return words.repeat(Math.ceil(bytes / words.length)).slice(0, bytes);
}

const WORDS = ['Tell me more. ', 'Please go on with it. ', 'What would you do then? '] as const;
