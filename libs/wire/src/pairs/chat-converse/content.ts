/** The parts of a Chat message as Converse's content blocks. A cache mark is a block of its own behind what it marks. */
import { cacheMark, inlineFile, partsOf, passOver, type File, type Part } from '../../formats/chat/read-parts.ts';
import { inlineOf } from '../../leaf/data-url.ts';
import { get, isTrue, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { extensionOf, typeOfName } from '../../leaf/media.ts';
import type { Notes } from '../../leaf/notes.ts';

const IMAGES = new Set(['jpeg', 'png', 'gif', 'webp']);
const DOCUMENTS = new Set(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']);
const VIDEOS = new Set(['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv']);

export const blocksOf = (content: JsonNode | undefined, notes: Notes): readonly JsonFields[] =>
  partsOf(content).flatMap((part) => {
    const blocks = blockOf(part, notes);
    return blocks.length > 0 ? [...blocks, ...cachePoint(part.node)] : [];
  });

/** What marks the end of a stretch that may be kept, where a part, a message or a tool says so. */
export function cachePoint(marked: JsonNode): readonly JsonFields[] {
  const mark = cacheMark(marked);
  const ttl = get(mark, 'ttl');
  return mark ? [{ cachePoint: { type: 'default', ttl: ttl && raw(ttl) } }] : [];
}

function blockOf(part: Part, notes: Notes): readonly JsonFields[] {
  switch (part.kind) {
    case 'text': return [{ text: raw(part.text) }];
    case 'image': {
      if (part.detail) notes.warn(part.detail, 'left out: Converse has no detail of images');
      return mediaOf(part, IMAGES, notes);
    }
    case 'video': return mediaOf(part, VIDEOS, notes);
    case 'audio': return [{ audio: { format: part.format, source: { bytes: part.data } } }];
    case 'file': return documentOf(part, part.node, notes);
    case 'thought':
    case 'unknown': return passOver(part, 'Converse', notes);
    default: return part satisfies never;
  }
}

function mediaOf({ kind, url, node }: Extract<Part, { kind: 'image' | 'video' }>, formats: ReadonlySet<string>, notes: Notes): readonly JsonFields[] {
  const inline = inlineOf(url);
  if (!inline && url.startsWith('s3://')) return [{ [kind]: { format: formatOfName(url), source: { s3Location: { uri: url } } } }];
  if (!inline) {
    notes.refuse(node, `Converse takes ${kind}s by their content, not by a URL`);
    return [];
  }
  const format = inline.type.slice(kind.length + 1).replace('jpg', 'jpeg').replace('quicktime', 'mov');
  if (formats.has(format)) return [{ [kind]: { format, source: { bytes: inline.base64 } } }];
  notes.refuse(node, `Converse takes ${kind}s as ${[...formats].join(', ')}, not as ${inline.type}`);
  return [];
}

const formatOfName = (url: string): string => (typeOfName(url) ?? '').split('/')[1] ?? 'png';

function documentOf(file: File, node: JsonNode, notes: Notes): readonly JsonFields[] {
  if (file.id || file.data === '') {
    notes.refuse(node, 'Converse takes documents by their content, not by a URL or an id');
    return [];
  }
  const { type, base64 } = inlineFile(file);
  const image = type.startsWith('image/') ? type.slice(6) : '';
  if (IMAGES.has(image)) return [{ image: { format: image, source: { bytes: base64 } } }];
  const format = extensionOf(type) ?? '';
  if (DOCUMENTS.has(format)) return [{ document: { format, name: documentName(stringOf(file.name), node), source: { bytes: base64 } } }];
  notes.refuse(node, `Converse takes documents as ${[...DOCUMENTS].join(', ')}, not as ${type}`);
  return [];
}

/** A name that the API accepts, and that no other document has: its place is part of it where it had none. */
function documentName(name: string | undefined, part: JsonNode): string {
  const bare = (name ?? '').replace(/\.[A-Za-z0-9]+$/, '').replace(/[^A-Za-z0-9\s()[\]-]+/g, ' ').replace(/\s+/g, ' ').trim();
  return bare === '' ? `document ${part.start}` : bare.slice(0, 200);
}

/** Texts and marks alone: what a system message may hold. */
export function textsOf(message: JsonNode, notes: Notes): readonly JsonFields[] {
  const blocks = [...blocksOf(get(message, 'content'), notes), ...cachePoint(message)];
  const texts = blocks.filter((block) => 'text' in block || 'cachePoint' in block);
  if (texts.length < blocks.length) notes.refuse(get(message, 'content') ?? message, 'a system message of Converse holds text alone');
  return texts.some((block) => 'text' in block) ? texts : [];
}

export function resultOf(message: JsonNode, id: string, notes: Notes): readonly JsonFields[] {
  const parts = get(message, 'content')?.items ?? [];
  const marked = parts.find(cacheMark);
  const content = blocksOf(get(message, 'content'), notes).filter((block) => !('cachePoint' in block));
  const status = isTrue(get(message, 'is_error')) ? 'error' : undefined;
  return [{ toolResult: { toolUseId: id, content, status } }, ...cachePoint(marked ?? message)];
}
