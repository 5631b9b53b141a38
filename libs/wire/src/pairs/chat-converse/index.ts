/** Chat Completions clients of Bedrock's Converse. */
import type { Pair } from '../pair.ts';
import type { State } from './blocks.ts';
import { request } from './request.ts';
import { response } from './response.ts';
import { stream } from './stream.ts';

export const chatConverse: Pair<State> = { request, response, stream };
