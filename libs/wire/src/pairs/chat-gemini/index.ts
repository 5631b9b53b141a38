/** Chat Completions clients of Gemini's own surface: Vertex, and whatever the compatible surface cannot carry. */
import type { Pair } from '../pair.ts';
import type { State } from './parts.ts';
import { request } from './request.ts';
import { response } from './response.ts';
import { stream } from './stream.ts';

export const chatGemini: Pair<State> = { request, response, stream };
