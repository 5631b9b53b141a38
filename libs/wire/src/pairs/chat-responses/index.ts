/** Chat Completions clients of models that live in Responses alone, or whose reasoning can be replayed only there. */
import type { Pair } from '../pair.ts';
import type { State } from './items.ts';
import { request } from './request.ts';
import { response } from './response.ts';
import { stream } from './stream.ts';

export const chatResponses: Pair<State> = { request, response, stream };
