/** An answer as Messages JSON: one body, or the events that Anthropic streams. */
import type { SaidUsage } from '../../faults/rule.ts';
import { hash, randomId } from '../../random.ts';
import type { Given } from '../format.ts';
import type { Produced } from '../produce.ts';
import type { CacheUse } from '../prompt-cache.ts';
import { sign } from '../signature.ts';
import type { MessagesRequest } from './request.ts';

export interface MessagesAnswer {
  readonly request: MessagesRequest;
  readonly given: Given;
  readonly produced: Produced;
  readonly cache: CacheUse;
  /** Of Vertex and Bedrock: `vrtx_`, `bdrk_`. */
  readonly idTag: string;
}

const STOP_REASONS = { end: 'end_turn', stop: 'stop_sequence', length: 'max_tokens', tools: 'tool_use' } as const;

const idOf = ({ given, idTag }: MessagesAnswer, prefix: string, n = 0): string =>
  `${prefix}_${idTag}01${randomId(22, prefix, n, given.seed, given.call)}`;

/** A block when it is whole, when it begins, and the pieces in between. */
interface Block {
  readonly whole: object;
  readonly empty: object;
  readonly deltas: readonly { readonly delta: object; readonly tokens: number }[];
}

function blocksOf(answer: MessagesAnswer): readonly Block[] {
  const { given, produced, request } = answer;
  const blocks: Block[] = [];
  if (produced.thought !== null) {
    const thinking = request.showsThought ? produced.thought.join('') : '';
    const signature = sign('anthropic', given.seed, produced.thought.join(''));
    const shown = request.showsThought
      ? produced.thought.map((word) => ({ delta: { type: 'thinking_delta', thinking: word }, tokens: 1 })) : [];
    const signed = { delta: { type: 'signature_delta', signature }, tokens: produced.thought.length - shown.length };
    blocks.push({
      whole: { type: 'thinking', thinking, signature }, empty: { type: 'thinking', thinking: '', signature: '' }, deltas: [...shown, signed],
    });
  }
  if (produced.words !== null && produced.words.length > 0) {
    blocks.push({
      whole: { type: 'text', text: produced.words.join('') },
      empty: { type: 'text', text: '' },
      deltas: produced.words.map((text) => ({ delta: { type: 'text_delta', text }, tokens: 1 })),
    });
  }
  produced.calls.forEach((call, n) => {
    const begin = { type: 'tool_use', id: idOf(answer, 'toolu', n), name: call.name };
    const piece = (partial: string, tokens: number) => ({ delta: { type: 'input_json_delta', partial_json: partial }, tokens });
    blocks.push({
      whole: { ...begin, input: inputOf(call.argumentPieces.join('')) },
      empty: { ...begin, input: {} },
      deltas: [piece('', 0), ...call.argumentPieces.map((text) => piece(text, 1))],
    });
  });
  return blocks;
}

/** Arguments that the maximum cut off are not JSON: the body then has none. */
function inputOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function usageOf({ cache, produced }: MessagesAnswer, { inputTokens, outputTokens }: SaidUsage): object {
  return {
    // What was read from the cache is not among what limits, and so `inputTokens`, count.
    input_tokens: Math.max(0, inputTokens - cache.written),
    cache_creation_input_tokens: cache.written,
    cache_read_input_tokens: cache.read,
    cache_creation: { ephemeral_5m_input_tokens: cache.written, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    ...(produced.thought === null ? {} : { output_tokens_details: { thinking_tokens: produced.thought.length } }),
    service_tier: 'standard',
  };
}

const messageOf = (answer: MessagesAnswer, content: readonly object[]): object => ({
  model: answer.request.model, id: idOf(answer, 'msg'), type: 'message', role: 'assistant', content,
});

const stopOf = ({ produced }: MessagesAnswer): object =>
  ({ stop_reason: STOP_REASONS[produced.finish], stop_sequence: produced.stopSequence });

export const writeBody = (answer: MessagesAnswer, usage: SaidUsage | null): string => JSON.stringify({
  ...messageOf(answer, blocksOf(answer).map(({ whole }) => whole)), ...stopOf(answer),
  ...(usage === null ? {} : { usage: usageOf(answer, usage) }),
});

export interface MessagesEvent {
  readonly name: string;
  readonly body: object;
  readonly tokens: number;
}

/** `pingFirst`: as Vertex does, before the first block begins; Anthropic does so after it. */
export function eventsOf(answer: MessagesAnswer, usage: SaidUsage | null, pingFirst: boolean): MessagesEvent[] {
  const event = (name: string, body: object, tokens = 0): MessagesEvent => ({ name, body: { type: name, ...body }, tokens });
  const ping = event('ping', {});
  const blocks = blocksOf(answer);
  const begun = usage === null ? {} : { usage: usageOf(answer, { ...usage, outputTokens: Math.min(1, usage.outputTokens) }) };
  const ended = usage === null ? {} : { usage: usageOf(answer, usage) };
  const shown = blocks.flatMap(({ deltas }) => deltas).reduce((sum, { tokens }) => sum + tokens, 0);
  return [
    event('message_start', { message: { ...messageOf(answer, []), stop_reason: null, stop_sequence: null, ...begun } }),
    ...(pingFirst || blocks.length === 0 ? [ping] : []),
    ...blocks.flatMap(({ empty, deltas }, index) => [
      event('content_block_start', { index, content_block: empty }),
      ...(index === 0 && !pingFirst ? [ping] : []),
      ...deltas.map(({ delta, tokens }) => event('content_block_delta', { index, delta }, tokens)),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', { delta: stopOf(answer), ...ended }, Math.max(0, answer.produced.tokens - shown)),
    event('message_stop', {}),
  ];
}

const SPACES = ' '.repeat(16);

/** Anthropic pads events with spaces before the last brace, so that sizes do not tell the words. */
export const padded = (body: object, n: number): string =>
  JSON.stringify(body).replace(/\}$/, `${SPACES.slice(0, hash('spaces', n) % 16)}}`);
