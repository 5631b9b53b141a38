/** The parts of a Chat message as content blocks. */
import { get, isTrue, pathOf, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { inlineOf } from '../../leaf/data-url.ts';
import { typeOfName } from '../../leaf/media.ts';
import type { Notes } from '../notes.ts';

/** Images that Messages knows by their type. */
const IMAGES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** The blocks of a `content`: a string, parts, or nothing. Empty texts are no blocks. */
export function blocksOf(content: JsonNode | undefined, notes: Notes): readonly JsonFields[] {
  if (!content) return [];
  if (content.kind === 'array') return content.items.flatMap((part) => blockOf(part, notes));
  return textBlock(content);
}

const textBlock = (text: JsonNode | undefined, mark?: JsonFields): readonly JsonFields[] =>
  text && text.kind === 'string' && text.value !== '' ? [{ type: 'text', text: raw(text), ...mark }] : [];

function blockOf(part: JsonNode, notes: Notes): readonly JsonFields[] {
  if (part.kind === 'string') return textBlock(part);
  const mark = get(part, 'cache_control');
  const marked: JsonFields = mark ? { cache_control: raw(mark) } : {};
  switch (stringOf(get(part, 'type'))) {
    case 'text':
    case 'input_text': return textBlock(get(part, 'text'), marked);
    case 'refusal': return textBlock(get(part, 'refusal'), marked);
    case 'image_url': return media(imageOf(part, notes), marked);
    case 'file': return media(documentOf(part, notes), marked);
    case 'file_url': return media(pointed(urlOf(get(part, 'file_url'))), marked);
    case 'input_audio': return cannot(part, notes, 'Messages takes no audio');
    case 'thinking': return thought(part, notes);
    default: return cannot(part, notes, `Messages has no part of type ${shown(get(part, 'type'))}`);
  }
}

const media = (block: JsonFields | undefined, marked: JsonFields): readonly JsonFields[] => (block ? [{ ...block, ...marked }] : []);

const shown = (type: JsonNode | undefined): string => (type ? textOf(type).slice(0, 64) : 'nothing');

function cannot(part: JsonNode, notes: Notes, reason: string): readonly JsonFields[] {
  notes.refuse(pathOf(part), reason);
  return [];
}

/** Magistral's thoughts stand among its content; nobody has signed them. */
function thought(part: JsonNode, notes: Notes): readonly JsonFields[] {
  notes.warn(part, 'left out: thoughts without a signature cannot be given back');
  return [];
}

/** `{url, detail}`, or the URL itself as some clients write it. */
const urlOf = (pointer: JsonNode | undefined): string => stringOf(pointer) ?? stringOf(get(pointer, 'url')) ?? '';

function imageOf(part: JsonNode, notes: Notes): JsonFields | undefined {
  const image = get(part, 'image_url');
  const detail = get(image, 'detail');
  if (detail) notes.warn(detail, 'left out: Messages has no detail of images');
  const inline = inlineOf(urlOf(image));
  if (!inline) return { type: 'image', source: { type: 'url', url: urlOf(image) } };
  if (IMAGES.has(inline.type)) return { type: 'image', source: { type: 'base64', media_type: inline.type, data: inline.base64 } };
  notes.refuse(part, `Messages takes images as ${[...IMAGES].join(', ')}, not as ${inline.type}`);
  return undefined;
}

function documentOf(part: JsonNode, notes: Notes): JsonFields | undefined {
  const file = get(part, 'file');
  const name = get(file, 'filename');
  const title: JsonFields = name ? { title: raw(name) } : {};
  const id = stringOf(get(file, 'file_id'));
  if (id !== undefined) return { type: 'document', source: { type: 'file', file_id: id }, ...title };
  const data = stringOf(get(file, 'file_data')) ?? '';
  if (/^https?:/i.test(data)) return { ...pointed(data), ...title };
  const inline = inlineOf(data) ?? { type: typeOfName(stringOf(name)) ?? 'application/pdf', base64: data };
  if (IMAGES.has(inline.type)) return { type: 'image', source: { type: 'base64', media_type: inline.type, data: inline.base64 } };
  if (inline.type === 'application/pdf') return { type: 'document', source: { type: 'base64', media_type: inline.type, data: inline.base64 }, ...title };
  if (inline.type.startsWith('text/')) {
    const text = Buffer.from(inline.base64, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
  }
  notes.refuse(part, `Messages takes documents as PDF or text, not as ${inline.type}`);
  return undefined;
}

const pointed = (url: string): JsonFields => ({ type: 'document', source: { type: 'url', url } });

/** Texts alone: what a system message may hold. */
export function textsOf(message: JsonNode, notes: Notes): readonly JsonFields[] {
  const blocks = withMark(blocksOf(get(message, 'content'), notes), message);
  const texts = blocks.filter(({ type }) => type === 'text');
  if (texts.length < blocks.length) notes.refuse(get(message, 'content') ?? message, 'a system message of Messages holds text alone');
  return texts;
}

/** A cache mark of the whole message stands on its last block. */
export function withMark(blocks: readonly JsonFields[], message: JsonNode): readonly JsonFields[] {
  const mark = get(message, 'cache_control');
  const last = blocks.at(-1);
  return mark && last ? [...blocks.slice(0, -1), { ...last, cache_control: raw(mark) }] : blocks;
}

export function resultOf(message: JsonNode, id: string, notes: Notes): JsonFields {
  const mark = get(message, 'cache_control');
  const content = blocksOf(get(message, 'content'), notes);
  return {
    type: 'tool_result',
    tool_use_id: id,
    content: content.length > 0 ? content : undefined,
    is_error: isTrue(get(message, 'is_error')) ? true : undefined,
    cache_control: mark && raw(mark),
  };
}
