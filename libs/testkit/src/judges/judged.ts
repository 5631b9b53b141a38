/**
 * What the judges hold a request or an answer against, as the official SDKs type it. Types alone: a generator turns each
 * exported one into the JSON Schema of its name (`npm run judge-schemas`), closed for unknown keys.
 */
import type { Message } from '@anthropic-ai/sdk/resources/messages/messages';
import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { Content, GenerationConfig, SafetySetting, Tool, ToolConfig } from '@google/genai';
import type { ChatCompletion, ChatCompletionCreateParamsBase } from 'openai/resources/chat/completions/completions';
import type { Response, ResponseCreateParamsBase } from 'openai/resources/responses/responses';

export type ChatRequest = ChatCompletionCreateParamsBase;
export type ChatAnswer = ChatCompletion;

export type ResponsesRequest = ResponseCreateParamsBase;
export type ResponsesAnswer = Response;

/** The SDK gave up the sampling parameters, the API takes them. Betas are a superset of what needs no header. */
export interface MessagesRequest extends MessageCreateParamsBase {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}
export type MessagesAnswer = Message;

/** The body of `generateContent`, of which the SDK types the parts. */
export interface GeminiRequest {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  generationConfig?: GenerationConfig;
  cachedContent?: string;
  labels?: Record<string, string>;
}
