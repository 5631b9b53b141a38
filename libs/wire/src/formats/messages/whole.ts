/** The events of a Messages stream put together to the message that would have come in one piece. */
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, write, type Json } from '../../leaf/json-write.ts';
import { readMessagesEvent } from './events.ts';

interface Block {
  readonly start: JsonNode;
  readonly texts: ReadonlyMap<string, string>;
  readonly json: string;
  readonly citations: readonly JsonNode[];
}

interface Gathered {
  readonly head: ReadonlyMap<string, Json>;
  readonly usage: ReadonlyMap<string, Json>;
  readonly blocks: ReadonlyMap<number, Block>;
}

const NOTHING: Gathered = { head: new Map(), usage: new Map(), blocks: new Map() };

/** JSON text of the message. */
export function wholeMessage(events: readonly string[]): string {
  const { head, usage, blocks } = events.reduce(gather, NOTHING);
  const content = [...blocks].sort(([a], [b]) => a - b).map(([, block]) => written(block));
  return write({ ...Object.fromEntries(head), content, usage: Object.fromEntries(usage) });
}

function gather(so: Gathered, data: string): Gathered {
  const event = readMessagesEvent(data);
  switch (event.kind) {
    case 'start': return { ...so, head: over(so.head, event.message), usage: over(so.usage, get(event.message, 'usage')) };
    case 'block': return { ...so, blocks: new Map(so.blocks).set(event.index, { start: event.block, texts: new Map(), json: '', citations: [] }) };
    case 'delta': {
      const block = so.blocks.get(event.index);
      return block ? { ...so, blocks: new Map(so.blocks).set(event.index, grown(block, event.delta)) } : so;
    }
    case 'ending': {
      const rest = [...(event.event?.members ?? [])].filter(([key]) => !['type', 'delta', 'usage'].includes(key));
      const head = new Map([...over(so.head, event.delta), ...rest.map(([key, node]) => [key, raw(node)] as const)]);
      return { ...so, head, usage: over(so.usage, event.usage) };
    }
    case 'blockEnd':
    case 'end':
    case 'error':
    case 'nothing': return so;
    default: return event satisfies never;
  }
}

/** The members of a node over those that were there; null says nothing new. */
const over = (before: ReadonlyMap<string, Json>, node: JsonNode | undefined): ReadonlyMap<string, Json> =>
  new Map([...before, ...[...(node?.members ?? [])].flatMap(([key, member]) => (member.kind === 'null' && before.has(key) ? [] : [[key, raw(member)] as const]))]);

const TEXTS: ReadonlyMap<string, string> = new Map([['text_delta', 'text'], ['thinking_delta', 'thinking'], ['signature_delta', 'signature']]);

function grown(block: Block, delta: JsonNode): Block {
  const type = stringOf(get(delta, 'type')) ?? '';
  const key = TEXTS.get(type);
  if (key !== undefined) {
    const before = block.texts.get(key) ?? stringOf(get(block.start, key)) ?? '';
    return { ...block, texts: new Map(block.texts).set(key, before + (stringOf(get(delta, key)) ?? '')) };
  }
  const citation = get(delta, 'citation');
  if (type === 'citations_delta' && citation) return { ...block, citations: [...block.citations, citation] };
  return type === 'input_json_delta' ? { ...block, json: block.json + (stringOf(get(delta, 'partial_json')) ?? '') } : block;
}

function written({ start, texts, json, citations }: Block): Json {
  const input = json === '' ? undefined : rawText(json)?.raw;
  const before = get(start, 'citations')?.items ?? [];
  const members = [...start.members].map(([key, member]) => [key, raw(member)] as const);
  return {
    ...Object.fromEntries([...members, ...texts]),
    ...(input ? { input } : {}),
    ...(citations.length > 0 ? { citations: [...before, ...citations].map(raw) } : {}),
  };
}
