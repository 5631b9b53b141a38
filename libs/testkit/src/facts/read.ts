/** The facts of any body or finished stream, by the format it is in. */
import { chatAnswer, chatStream } from './chat-answer.ts';
import { chatRequest } from './chat.ts';
import { converseAnswer, converseStream } from './converse-answer.ts';
import { converseRequest } from './converse.ts';
import { invokeEvents } from './events.ts';
import type { Fact } from './fact.ts';
import { geminiAnswer, geminiStream } from './gemini-answer.ts';
import { geminiRequest } from './gemini.ts';
import { messagesAnswer, messagesEvents, messagesStream } from './messages-answer.ts';
import { messagesRequest } from './messages.ts';
import { responsesAnswer, responsesStream } from './responses-answer.ts';
import { responsesRequest } from './responses.ts';

interface Readers {
  readonly request: (text: string) => readonly Fact[];
  readonly answer: (text: string) => readonly Fact[];
  readonly stream: (bytes: Buffer) => readonly Fact[];
}

/** All throw a SyntaxError on what is no JSON. */
export const readers = {
  chat: { request: chatRequest, answer: chatAnswer, stream: chatStream },
  responses: { request: responsesRequest, answer: responsesAnswer, stream: responsesStream },
  messages: { request: messagesRequest, answer: messagesAnswer, stream: (bytes) => (isSse(bytes) ? messagesStream(bytes) : messagesEvents(invokeEvents(bytes))) },
  converse: { request: converseRequest, answer: converseAnswer, stream: converseStream },
  gemini: { request: geminiRequest, answer: geminiAnswer, stream: (bytes) => (isSse(bytes) ? geminiStream(bytes) : geminiAnswer(bytes.toString('utf8'))) },
} satisfies Readonly<Record<string, Readers>>;

/** Frames begin with their length, whose first byte is 0; an array begins with its bracket. */
const isSse = (bytes: Buffer): boolean => bytes[0] !== 0 && bytes[0] !== 0x5b;
