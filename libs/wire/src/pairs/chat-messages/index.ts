/** Chat Completions clients of Messages providers: Anthropic, Claude in Bedrock's InvokeModel and on Vertex. */
import type { Pair } from '../pair.ts';
import type { State } from './blocks.ts';
import { request } from './request.ts';
import { response } from './response.ts';
import { stream } from './stream.ts';

export const chatMessages: Pair<State> = { request, response, stream };
