/** The parts of a Chat message as content blocks. */
import { cacheMark, inlineFile, partsOf, passOver, type File, type Part } from '../../formats/chat/read-parts.ts';
import { inlineOf } from '../../leaf/data-url.ts';
import { get, isTrue, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';

/** Images that Messages knows by their type. */
const IMAGES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

export const blocksOf = (content: JsonNode | undefined, notes: Notes): readonly JsonFields[] =>
  partsOf(content).flatMap((part) => {
    const block = blockOf(part, notes);
    return block ? [marked(block, part.node)] : [];
  });

function marked(block: JsonFields, by: JsonNode): JsonFields {
  const mark = cacheMark(by);
  return mark ? { ...block, cache_control: raw(mark) } : block;
}

function blockOf(part: Part, notes: Notes): JsonFields | undefined {
  switch (part.kind) {
    case 'text': return { type: 'text', text: raw(part.text) };
    case 'image': return imageOf(part, notes);
    case 'file': return documentOf(part, part.node, notes);
    case 'audio':
    case 'video': {
      notes.refuse(part.node, `Messages takes no ${part.kind}`);
      return undefined;
    }
    case 'thought':
    case 'unknown': {
      passOver(part, 'Messages', notes);
      return undefined;
    }
    default: return part satisfies never;
  }
}

function imageOf({ url, detail, node }: Extract<Part, { kind: 'image' }>, notes: Notes): JsonFields | undefined {
  if (detail) notes.warn(detail, 'left out: Messages has no detail of images');
  const inline = inlineOf(url);
  if (!inline) return { type: 'image', source: { type: 'url', url } };
  if (IMAGES.has(inline.type)) return { type: 'image', source: { type: 'base64', media_type: inline.type, data: inline.base64 } };
  notes.refuse(node, `Messages takes images as ${[...IMAGES].join(', ')}, not as ${inline.type}`);
  return undefined;
}

function documentOf(file: File, node: JsonNode, notes: Notes): JsonFields | undefined {
  const title: JsonFields = file.name ? { title: raw(file.name) } : {};
  if (file.id) return { type: 'document', source: { type: 'file', file_id: raw(file.id) }, ...title };
  if (file.url !== undefined) return { type: 'document', source: { type: 'url', url: file.url }, ...title };
  const { type, base64 } = inlineFile(file);
  if (IMAGES.has(type)) return { type: 'image', source: { type: 'base64', media_type: type, data: base64 } };
  if (type === 'application/pdf') return { type: 'document', source: { type: 'base64', media_type: type, data: base64 }, ...title };
  if (type.startsWith('text/')) {
    const text = Buffer.from(base64, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
  }
  notes.refuse(node, `Messages takes documents as PDF or text, not as ${type}`);
  return undefined;
}

/** Texts alone: what a system message may hold. */
export function textsOf(message: JsonNode, notes: Notes): readonly JsonFields[] {
  const blocks = withMark(blocksOf(get(message, 'content'), notes), message);
  const texts = blocks.filter(({ type }) => type === 'text');
  if (texts.length < blocks.length) notes.refuse(get(message, 'content') ?? message, 'a system message of Messages holds text alone');
  return texts;
}

/** A cache mark of the whole message stands on its last block. */
export function withMark(blocks: readonly JsonFields[], message: JsonNode): readonly JsonFields[] {
  const last = blocks.at(-1);
  return last ? [...blocks.slice(0, -1), marked(last, message)] : blocks;
}

export function resultOf(message: JsonNode, id: string, notes: Notes): JsonFields {
  const content = blocksOf(get(message, 'content'), notes);
  const result = {
    type: 'tool_result',
    tool_use_id: id,
    content: content.length > 0 ? content : undefined,
    is_error: isTrue(get(message, 'is_error')) ? true : undefined,
  };
  return marked(result, message);
}
