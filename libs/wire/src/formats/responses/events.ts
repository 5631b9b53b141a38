/** The events of a Responses stream that say something. Those that repeat what others have said, or are new, say nothing to a reader. */
import { get, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';

export type ResponsesEvent =
  /** The response as it stands, before there is any output. */
  | { readonly kind: 'start'; readonly response: JsonNode }
  | { readonly kind: 'item'; readonly index: number; readonly item: JsonNode }
  | { readonly kind: 'text' | 'refusal' | 'reasoning' | 'arguments'; readonly index: number; readonly text: string; readonly logprobs: readonly JsonNode[] }
  /** The item whole, with everything that was said of it in pieces. */
  | { readonly kind: 'itemEnd'; readonly index: number; readonly item: JsonNode }
  | { readonly kind: 'end'; readonly response: JsonNode }
  | { readonly kind: 'error'; readonly error: JsonNode }
  | { readonly kind: 'nothing' };

const NOTHING: ResponsesEvent = { kind: 'nothing' };

const PIECES: ReadonlyMap<string, 'text' | 'refusal' | 'reasoning' | 'arguments'> = new Map([
  ['response.output_text.delta', 'text'], ['response.refusal.delta', 'refusal'], ['response.reasoning_summary_text.delta', 'reasoning'],
  ['response.reasoning_text.delta', 'reasoning'], ['response.function_call_arguments.delta', 'arguments'],
  ['response.custom_tool_call_input.delta', 'arguments'],
]);

/** One event by the JSON text of its data; its type stands there too, so that its name is not needed. */
export function readResponsesEvent(data: string): ResponsesEvent {
  const node = readJson(data);
  const index = numberOf(get(node, 'output_index')) ?? 0;
  const type = stringOf(get(node, 'type')) ?? '';
  const piece = PIECES.get(type);
  if (piece) return { kind: piece, index, text: stringOf(get(node, 'delta')) ?? '', logprobs: get(node, 'logprobs')?.items ?? [] };
  switch (type) {
    case 'response.created':
    case 'response.in_progress': return found(get(node, 'response'), (response) => ({ kind: 'start', response }));
    case 'response.output_item.added': return found(get(node, 'item'), (item) => ({ kind: 'item', index, item }));
    case 'response.output_item.done': return found(get(node, 'item'), (item) => ({ kind: 'itemEnd', index, item }));
    case 'response.completed':
    case 'response.incomplete': return found(get(node, 'response'), (response) => ({ kind: 'end', response }));
    case 'response.failed':
    case 'error': return found(node, (error) => ({ kind: 'error', error: get(error, 'response') ?? error }));
    default: return NOTHING;
  }
}

const found = (node: JsonNode | undefined, event: (node: JsonNode) => ResponsesEvent): ResponsesEvent => (node ? event(node) : NOTHING);
