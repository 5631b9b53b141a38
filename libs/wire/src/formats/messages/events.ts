/** The events of a Messages stream. `ping`, and whatever is new, says nothing to a reader. */
import { get, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';

export type MessagesEvent =
  | { readonly kind: 'start'; readonly message: JsonNode }
  | { readonly kind: 'block'; readonly index: number; readonly block: JsonNode }
  | { readonly kind: 'delta'; readonly index: number; readonly delta: JsonNode }
  | { readonly kind: 'blockEnd'; readonly index: number }
  /** `usage` is cumulative, and often lacks what `start` has said. */
  | { readonly kind: 'ending'; readonly delta: JsonNode | undefined; readonly usage: JsonNode | undefined; readonly event: JsonNode | undefined }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: JsonNode }
  | { readonly kind: 'nothing' };

const NOTHING: MessagesEvent = { kind: 'nothing' };

/** One event by the JSON text of its data; its type stands there too, so that its name is not needed. */
export function readMessagesEvent(data: string): MessagesEvent {
  const node = readJson(data);
  const index = numberOf(get(node, 'index')) ?? 0;
  switch (stringOf(get(node, 'type'))) {
    case 'message_start': return found(get(node, 'message'), (message) => ({ kind: 'start', message }));
    case 'content_block_start': return found(get(node, 'content_block'), (block) => ({ kind: 'block', index, block }));
    case 'content_block_delta': return found(get(node, 'delta'), (delta) => ({ kind: 'delta', index, delta }));
    case 'content_block_stop': return { kind: 'blockEnd', index };
    case 'message_delta': return { kind: 'ending', delta: get(node, 'delta'), usage: get(node, 'usage'), event: node };
    case 'message_stop': return { kind: 'end' };
    case 'error': return found(node, (error) => ({ kind: 'error', error }));
    default: return NOTHING;
  }
}

const found = (node: JsonNode | undefined, event: (node: JsonNode) => MessagesEvent): MessagesEvent => (node ? event(node) : NOTHING);
