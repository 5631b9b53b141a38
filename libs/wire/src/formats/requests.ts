/** How a request is read at the door, by the endpoint it comes to. */
import type { Endpoint } from '@sluice/domain';
import type { RequestRead } from '../leaf/asked-request.ts';
import type { JsonObject } from '../leaf/check.ts';
import { readChatRequest } from './chat/schema.ts';
import { weighChatRequest } from './chat/weigh.ts';
import { readEmbeddingsRequest } from './embeddings/schema.ts';

export interface RequestFormat {
  /** Reads a parsed body. Everything that passes keeps its meaning for the provider; nothing is filled in. */
  read(body: unknown): RequestRead;
  /** How much text a request of so many bytes amounts to, in bytes: what the estimate of its input tokens starts from. */
  weigh(body: JsonObject, bodyBytes: number): number;
}

export const REQUEST_FORMATS: Readonly<Record<Endpoint, RequestFormat>> = {
  chat: { read: readChatRequest, weigh: weighChatRequest },
  embeddings: { read: readEmbeddingsRequest, weigh: (_, bodyBytes) => Math.max(1, bodyBytes) },
};
