/** What a recorded exchange is, told from its wire, its method and its status alone: never from its name. */
import type { Exchange } from '../recordings/exchange.ts';
import type { Format } from '../judges/judges.ts';

export type Family = Format | 'ollama';

export interface Completion {
  readonly kind: 'completion';
  readonly family: Family;
  readonly answer: 'body' | 'stream' | 'error' | 'life cycle';
  /** Is there a request to convert? */
  readonly request: boolean;
}

export type Class =
  | Completion
  | { readonly kind: 'embeddings' }
  | { readonly kind: 'other' }
  | { readonly kind: 'unknown'; readonly reason: string };

const COMPLETIONS: Readonly<Record<string, Family>> = {
  chat_completions: 'chat', openai_chat_completions: 'chat', mantle_chat_completions: 'chat',
  messages: 'messages', invoke_anthropic: 'messages', invoke_anthropic_stream: 'messages', anthropic_raw_predict: 'messages',
  responses: 'responses', mantle_responses: 'responses',
  converse: 'converse', converse_stream: 'converse',
  generate_content: 'gemini',
  api_chat: 'ollama',
};
const EMBEDDINGS = ['embeddings', 'invoke_embeddings', 'embed_content', 'api_embed', 'embeddings_predict'];
const OTHERS = ['count_tokens', 'message_batches', 'batches', 'models', 'cached_contents', 'interactions', 'completions', 'fim_completions', 'files'];

export function classOf(exchange: Exchange): Class {
  const { wire, request, response } = exchange;
  const family = Object.hasOwn(COMPLETIONS, wire) ? COMPLETIONS[wire] : undefined;
  if (family === undefined) {
    if (EMBEDDINGS.includes(wire)) return { kind: 'embeddings' };
    return OTHERS.includes(wire) ? { kind: 'other' } : { kind: 'unknown', reason: `nobody knows the wire ${wire}` };
  }
  if (!(response.status >= 200 && response.status < 600)) return { kind: 'unknown', reason: `status ${response.status} is none` };
  return { kind: 'completion', family, answer: answerOf(exchange), request: request.bodyText !== null && !isLifeCycle(exchange) };
}

function answerOf(exchange: Exchange): Completion['answer'] {
  if (isLifeCycle(exchange)) return 'life cycle';
  if (exchange.response.status >= 400) return 'error';
  return exchange.stream && exchange.response.body.length > 0 ? 'stream' : 'body';
}

/** About an answer that was asked for earlier: read, cancelled, deleted. */
const isLifeCycle = ({ wire, request }: Exchange): boolean =>
  wire.endsWith('responses') && (request.method !== 'POST' || /\/responses\/[^/?]+/.test(request.path));

export interface Tally {
  all: number;
  request: number;
  body: number;
  stream: number;
  error: number;
  noRequest: number;
  lifeCycle: number;
}

/** The table of what there is, counted. */
export function tallyOf(exchanges: readonly Exchange[]): ReadonlyMap<Family, Readonly<Tally>> {
  const tallies = new Map<Family, Tally>();
  for (const exchange of exchanges) {
    const told = classOf(exchange);
    if (told.kind !== 'completion') continue;
    const tally = tallies.get(told.family) ?? { all: 0, request: 0, body: 0, stream: 0, error: 0, noRequest: 0, lifeCycle: 0 };
    tallies.set(told.family, tally);
    tally.all += 1;
    tally[told.answer === 'life cycle' ? 'lifeCycle' : told.answer] += 1;
    if (told.request) tally.request += 1;
    else if (told.answer !== 'life cycle') tally.noRequest += 1;
  }
  return tallies;
}
