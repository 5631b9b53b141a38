/** The facts of any body or finished stream, by the format it is in. */
import { chatAnswer, chatStream, chatWhole } from './chat-answer.ts';
import { chatRequest } from './chat.ts';
import { converseAnswer, converseStream, converseWhole } from './converse-answer.ts';
import { converseRequest } from './converse.ts';
import { invokeEvents, sseEvents, type StreamEvent } from './events.ts';
import type { Fact } from './fact.ts';
import { written } from './json.ts';
import { geminiAnswer, geminiStream, geminiWhole } from './gemini-answer.ts';
import { geminiRequest } from './gemini.ts';
import { messagesAnswer, messagesEvents, messagesWhole } from './messages-answer.ts';
import { messagesRequest } from './messages.ts';
import { responsesAnswer, responsesStream, responsesWhole } from './responses-answer.ts';
import { responsesRequest } from './responses.ts';

interface Readers {
  readonly request: (text: string) => readonly Fact[];
  readonly answer: (text: string) => readonly Fact[];
  readonly stream: (bytes: Buffer) => readonly Fact[];
  /** The body that a stream adds up to, as JSON text. */
  readonly whole: (bytes: Buffer) => string;
}

/** All throw a SyntaxError on what is no JSON. */
export const readers = {
  chat: { request: chatRequest, answer: chatAnswer, stream: chatStream, whole: (bytes) => written(chatWhole(bytes)) },
  responses: { request: responsesRequest, answer: responsesAnswer, stream: responsesStream, whole: (bytes) => written(responsesWhole(bytes)) },
  messages: {
    request: messagesRequest, answer: messagesAnswer, stream: (bytes) => messagesEvents(modelEvents(bytes)),
    whole: (bytes) => written(messagesWhole(modelEvents(bytes))),
  },
  converse: { request: converseRequest, answer: converseAnswer, stream: converseStream, whole: (bytes) => written(converseWhole(bytes)) },
  gemini: {
    request: geminiRequest, answer: geminiAnswer, stream: (bytes) => (isSse(bytes) ? geminiStream(bytes) : geminiAnswer(bytes.toString('utf8'))),
    whole: (bytes) => (isSse(bytes) ? written(geminiWhole(bytes)) : bytes.toString('utf8')),
  },
} satisfies Readonly<Record<string, Readers>>;

/** Frames begin with their length, whose first byte is 0; an array begins with its bracket. */
export const isSse = (bytes: Buffer): boolean => bytes[0] !== 0 && bytes[0] !== 0x5b;

/** A Claude's own events, in whichever framing. */
const modelEvents = (bytes: Buffer): readonly StreamEvent[] => (isSse(bytes) ? sseEvents(bytes) : invokeEvents(bytes));
