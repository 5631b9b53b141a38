/** The events of a ConverseStream. Each is named by its frame, or by the one member it holds where it came from an SDK. */
import { get, numberOf, readJson, type JsonNode } from '../../leaf/json-node.ts';

export type ConverseEvent =
  | { readonly kind: 'start' }
  /** Only of calls and results; text and reasoning begin with their first delta. */
  | { readonly kind: 'block'; readonly index: number; readonly start: JsonNode }
  | { readonly kind: 'delta'; readonly index: number; readonly delta: JsonNode }
  | { readonly kind: 'blockEnd'; readonly index: number }
  | { readonly kind: 'stop'; readonly event: JsonNode }
  /** After the stop: counts, and what a guardrail found. */
  | { readonly kind: 'metadata'; readonly event: JsonNode }
  | { readonly kind: 'error'; readonly error: JsonNode }
  | { readonly kind: 'nothing' };

const NOTHING: ConverseEvent = { kind: 'nothing' };
const NAMES = ['messageStart', 'contentBlockStart', 'contentBlockDelta', 'contentBlockStop', 'messageStop', 'metadata'];

export function readConverseEvent(name: string | null, data: string): ConverseEvent {
  const node = readJson(data);
  if (!node) return NOTHING;
  const wrapped = NAMES.find((one) => node.members.size === 1 && get(node, one));
  const body = wrapped === undefined ? node : (get(node, wrapped) ?? node);
  const index = numberOf(get(body, 'contentBlockIndex')) ?? 0;
  const kind = wrapped ?? name;
  switch (kind) {
    case 'messageStart': return { kind: 'start' };
    case 'contentBlockStart': return found(get(body, 'start'), (start) => ({ kind: 'block', index, start }));
    case 'contentBlockDelta': return found(get(body, 'delta'), (delta) => ({ kind: 'delta', index, delta }));
    case 'contentBlockStop': return { kind: 'blockEnd', index };
    case 'messageStop': return { kind: 'stop', event: body };
    case 'metadata': return { kind: 'metadata', event: body };
    default: return kind !== null && /exception|error/i.test(kind) ? { kind: 'error', error: body } : NOTHING;
  }
}

const found = (node: JsonNode | undefined, event: (node: JsonNode) => ConverseEvent): ConverseEvent => (node ? event(node) : NOTHING);
