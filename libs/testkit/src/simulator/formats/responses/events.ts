/** A response as OpenAI streams it: every event numbered, every item opened, filled and closed. Never `[DONE]`. */
import { hash, randomId } from '../../random.ts';
import type { Words } from '../answer-text.ts';
import type { StreamEvent } from '../format.ts';
import { named } from '../sse.ts';
import type { Item } from './items.ts';

/** An event without its number. */
interface Unnumbered {
  readonly type: string;
  readonly body: object;
  readonly tokens: number;
}

const event = (type: string, body: object, tokens = 0): Unnumbered => ({ type, body, tokens });

export interface Streamed {
  /** The response as it is before anything was produced, and when all is. */
  readonly begun: object;
  readonly ended: object;
  readonly endType: 'response.completed' | 'response.incomplete';
  readonly items: readonly Item[];
  readonly obfuscation: boolean;
  /** Produced beyond what the items hold. */
  readonly restTokens: number;
}

export function writeEvents({ begun, ended, endType, items, obfuscation, restTokens }: Streamed): StreamEvent[] {
  const events = [
    event('response.created', { response: begun }),
    event('response.in_progress', { response: begun }),
    ...items.flatMap(itemEvents),
    event(endType, { response: ended }, restTokens),
  ];
  return events.map(({ type, body, tokens }, n) => {
    const padding = obfuscation && type.endsWith('.delta') ? { obfuscation: PADDING.slice(0, hash(n) % 16) } : {};
    return { data: named(type, JSON.stringify({ type, sequence_number: n, ...body, ...padding })), tokens };
  });
}

const PADDING = randomId(16, 'padding');

function itemEvents(item: Item, index: number): Unnumbered[] {
  const at = { output_index: index, item_id: item.whole.id };
  return [
    event('response.output_item.added', { output_index: index, item: { ...item.whole, ...empty(item) } }),
    ...filling(item, at),
    event('response.output_item.done', { output_index: index, item: item.whole }),
  ];
}

function empty(item: Item): object {
  switch (item.kind) {
    case 'reasoning': return { summary: [] };
    case 'message': return { status: 'in_progress', content: [] };
    case 'call': return { status: 'in_progress', arguments: '' };
    default: return item satisfies never;
  }
}

function filling(item: Item, at: object): Unnumbered[] {
  switch (item.kind) {
    case 'reasoning': return item.summary === null ? [] : summaryEvents(item.summary, at);
    case 'message': return textEvents(item.words, at);
    case 'call': return [
      ...item.pieces.map((delta) => event('response.function_call_arguments.delta', { ...at, delta }, 1)),
      event('response.function_call_arguments.done', { ...at, arguments: item.pieces.join('') }),
    ];
    default: return item satisfies never;
  }
}

function summaryEvents(words: Words, at: object): Unnumbered[] {
  const place = { ...at, summary_index: 0 };
  const text = words.join('');
  return [
    event('response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } }),
    ...words.map((delta) => event('response.reasoning_summary_text.delta', { ...place, delta }, 1)),
    event('response.reasoning_summary_text.done', { ...place, text }),
    event('response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } }),
  ];
}

function textEvents(words: Words, at: object): Unnumbered[] {
  const place = { ...at, content_index: 0 };
  const text = words.join('');
  const part = (shown: string): object => ({ type: 'output_text', annotations: [], logprobs: [], text: shown });
  return [
    event('response.content_part.added', { ...place, part: part('') }),
    ...words.map((delta) => event('response.output_text.delta', { ...place, delta, logprobs: [] }, 1)),
    event('response.output_text.done', { ...place, text, logprobs: [] }),
    event('response.content_part.done', { ...place, part: part(text) }),
  ];
}
