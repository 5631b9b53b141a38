/** How an answer of a provider is read while it passes, by the format it comes in. */
import type { SeenAnswer, SeenEvent } from '../leaf/seen.ts';
import { readChatEvent } from './chat/events.ts';
import { readChatAnswer } from './chat/seen.ts';
import { readConverseAnswer, readConverseSeen } from './converse/seen.ts';
import { readEmbeddingsAnswer, readEmbeddingsEvent } from './embeddings/seen.ts';
import { readGeminiAnswer, readGeminiSeen } from './gemini/seen.ts';
import { messagesEventReader, readMessagesAnswer } from './messages/seen.ts';
import { readResponsesAnswer, readResponsesSeen } from './responses/seen.ts';

export interface FormatReader {
  /** Of the events of one stream, in their order; each is one server-sent event with its bytes. */
  event(bytes: Buffer): SeenEvent;
  whole(bytes: Buffer): SeenAnswer;
  /** Is there a last event that says so? Without one a stream is whole that ends cleanly behind its finish. */
  readonly hasTerminator: boolean;
}

const READERS = new Map<string, () => FormatReader>([
  ['chat', () => ({ event: readChatEvent, whole: readChatAnswer, hasTerminator: true })],
  ['messages', () => ({ event: messagesEventReader(), whole: readMessagesAnswer, hasTerminator: true })],
  ['converse', () => ({ event: readConverseSeen, whole: readConverseAnswer, hasTerminator: true })],
  ['gemini', () => ({ event: readGeminiSeen, whole: readGeminiAnswer, hasTerminator: false })],
  ...['embeddings', 'gemini-embeddings', 'vertex-embeddings', 'titan-embeddings', 'cohere-embeddings', 'nova-embeddings']
    .map((format) => [format, () => ({ event: readEmbeddingsEvent, whole: readEmbeddingsAnswer, hasTerminator: true })] as const),
  ['responses', () => ({ event: readResponsesSeen, whole: readResponsesAnswer, hasTerminator: true })],
]);

/** A reader for one answer, or undefined where the format is not known. */
export const readerOf = (format: string): FormatReader | undefined => READERS.get(format)?.();
