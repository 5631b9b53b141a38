/** The events of a ConverseStream put together to the answer that would have come in one piece. */
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, write, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { ProviderEvent } from '../../leaf/provider-event.ts';
import { readConverseEvent } from './events.ts';

interface Block {
  readonly start: JsonNode | undefined;
  readonly deltas: readonly JsonNode[];
}

/** JSON text of the answer. */
export function wholeConverse(events: readonly ProviderEvent[]): string {
  const blocks = new Map<number, Block>();
  const block = (index: number): Block => blocks.get(index) ?? { start: undefined, deltas: [] };
  let last: JsonFields = {};
  for (const { name, data } of events) {
    const event = readConverseEvent(name, data);
    if (event.kind === 'block') blocks.set(event.index, { ...block(event.index), start: event.start });
    if (event.kind === 'delta') blocks.set(event.index, { ...block(event.index), deltas: [...block(event.index).deltas, event.delta] });
    if (event.kind === 'stop' || event.kind === 'metadata') last = { ...last, ...membersOf(event.event) };
  }
  const content = [...blocks].sort(([a], [b]) => a - b).map(([, one]) => written(one));
  return write({ output: { message: { role: 'assistant', content } }, ...last });
}

/** All but the padding. */
const membersOf = (node: JsonNode): JsonFields => Object.fromEntries([...node.members].flatMap(([key, member]) => (key === 'p' ? [] : [[key, raw(member)]])));

const joined = (deltas: readonly JsonNode[], ...path: readonly string[]): string =>
  deltas.map((delta) => stringOf(path.reduce<JsonNode | undefined>((node, key) => get(node, key), delta)) ?? '').join('');

function written({ start, deltas }: Block): Json {
  const call = get(start, 'toolUse');
  if (call) {
    const input = rawText(joined(deltas, 'toolUse', 'input'))?.raw ?? {};
    return { toolUse: { ...membersOf(call), input } };
  }
  const result = get(start, 'toolResult');
  if (result) return { toolResult: { ...membersOf(result), content: deltas.flatMap((delta) => (get(delta, 'toolResult')?.items ?? []).map(raw)) } };
  const redacted = joined(deltas, 'reasoningContent', 'redactedContent');
  if (redacted !== '') return { reasoningContent: { redactedContent: redacted } };
  if (deltas.some((delta) => get(delta, 'reasoningContent'))) {
    const signature = joined(deltas, 'reasoningContent', 'signature');
    return { reasoningContent: { reasoningText: { text: joined(deltas, 'reasoningContent', 'text'), signature: signature === '' ? undefined : signature } } };
  }
  const citations = deltas.flatMap((delta) => get(delta, 'citation') ?? []);
  const text = joined(deltas, 'text');
  return citations.length > 0 ? { citationsContent: { content: [{ text }], citations: citations.map(raw) } } : { text };
}
