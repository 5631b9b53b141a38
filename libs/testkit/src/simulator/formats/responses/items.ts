/** The output items of a response, as they stand in its body when they are whole. */
import { randomId } from '../../random.ts';
import type { Words } from '../answer-text.ts';
import type { Given } from '../format.ts';
import type { Produced } from '../produce.ts';
import { sign } from '../signature.ts';
import type { ResponsesRequest } from './request.ts';

interface Whole {
  readonly id: string;
  readonly [member: string]: unknown;
}

/** `whole` is the item when it is done; the rest is what its stream is made of. */
export type Item =
  | { readonly kind: 'reasoning'; readonly whole: Whole; readonly summary: Words | null }
  | { readonly kind: 'message'; readonly whole: Whole; readonly words: Words }
  | { readonly kind: 'call'; readonly whole: Whole; readonly pieces: Words };

export function itemsOf(request: ResponsesRequest, given: Given, produced: Produced): readonly Item[] {
  const id = (prefix: string, n: number): string => `${prefix}_${randomId(50, prefix, n, given.seed, given.call)}`;
  const status = produced.finish === 'length' ? 'incomplete' : 'completed';
  const items: Item[] = [];
  if (produced.thought !== null) {
    const text = produced.thought.join('');
    const summary = request.summary ? [{ type: 'summary_text', text }] : [];
    const encrypted = request.encrypted ? { encrypted_content: sign('openai', given.seed, text) } : {};
    items.push({
      kind: 'reasoning', summary: request.summary ? produced.thought : null,
      whole: { id: id('rs', 0), type: 'reasoning', ...encrypted, summary },
    });
  }
  if (produced.words !== null) {
    const content = [{ type: 'output_text', annotations: [], logprobs: [], text: produced.words.join('') }];
    items.push({ kind: 'message', words: produced.words, whole: { id: id('msg', 0), type: 'message', status, content, role: 'assistant' } });
  }
  produced.calls.forEach((call, n) => items.push({
    kind: 'call', pieces: call.argumentPieces,
    whole: {
      id: id('fc', n), type: 'function_call', status, arguments: call.argumentPieces.join(''),
      call_id: `call_${randomId(24, 'call', n, given.seed, given.call)}`, name: call.name,
    },
  }));
  return items;
}
