/** The parts of a Chat message as Converse's content blocks. A cache mark is a block of its own behind what it marks. */
import { inlineOf, type Inline } from '../../leaf/data-url.ts';
import { get, isTrue, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { extensionOf, typeOfName } from '../../leaf/media.ts';
import type { Notes } from '../notes.ts';

const IMAGES = new Set(['jpeg', 'png', 'gif', 'webp']);
const DOCUMENTS = new Set(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']);
const VIDEOS = new Set(['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv']);

/** The blocks of a `content`: a string, parts, or nothing. Empty texts are no blocks. */
export function blocksOf(content: JsonNode | undefined, notes: Notes): readonly JsonFields[] {
  if (!content) return [];
  if (content.kind !== 'array') return textBlock(content);
  return content.items.flatMap((part) => {
    const blocks = blockOf(part, notes);
    return blocks.length > 0 ? [...blocks, ...cachePoint(part)] : [];
  });
}

/** What marks the end of a stretch that may be kept, where a part, a message or a tool says so. */
export function cachePoint(marked: JsonNode): readonly JsonFields[] {
  const mark = get(marked, 'cache_control');
  const ttl = get(mark, 'ttl');
  return mark ? [{ cachePoint: { type: 'default', ttl: ttl && raw(ttl) } }] : [];
}

const textBlock = (text: JsonNode | undefined): readonly JsonFields[] => (text?.kind === 'string' && text.value !== '' ? [{ text: raw(text) }] : []);

function blockOf(part: JsonNode, notes: Notes): readonly JsonFields[] {
  if (part.kind === 'string') return textBlock(part);
  const type = stringOf(get(part, 'type'));
  switch (type) {
    case 'text':
    case 'input_text': return textBlock(get(part, 'text'));
    case 'refusal': return textBlock(get(part, 'refusal'));
    case 'image_url': return imageOf(part, notes);
    case 'video_url': return mediaOf(part, { notes, kind: 'video', formats: VIDEOS });
    case 'input_audio': return audioOf(get(part, 'input_audio'));
    case 'file':
    case 'file_url': return documentOf(part, notes);
    case 'thinking': {
      notes.warn(part, 'left out: thoughts without a signature cannot be given back');
      return [];
    }
    default: {
      notes.refuse(part, `Converse has no part of type ${shown(get(part, 'type'))}`);
      return [];
    }
  }
}

const shown = (type: JsonNode | undefined): string => (type ? textOf(type).slice(0, 64) : 'nothing');

/** `{url, detail}`, or the URL itself as some clients write it. */
const urlOf = (pointer: JsonNode | undefined): string => stringOf(pointer) ?? stringOf(get(pointer, 'url')) ?? '';

function imageOf(part: JsonNode, notes: Notes): readonly JsonFields[] {
  const detail = get(get(part, 'image_url'), 'detail');
  if (detail) notes.warn(detail, 'left out: Converse has no detail of images');
  return mediaOf(part, { notes, kind: 'image', formats: IMAGES });
}

interface Medium {
  readonly notes: Notes;
  readonly kind: 'image' | 'video';
  readonly formats: ReadonlySet<string>;
}

function mediaOf(part: JsonNode, { notes, kind, formats }: Medium): readonly JsonFields[] {
  const url = urlOf(get(part, `${kind}_url`));
  const inline = inlineOf(url);
  if (!inline && url.startsWith('s3://')) return [{ [kind]: { format: formatOfName(url), source: { s3Location: { uri: url } } } }];
  if (!inline) {
    notes.refuse(part, `Converse takes ${kind}s by their content, not by a URL`);
    return [];
  }
  const format = inline.type.slice(kind.length + 1).replace('jpg', 'jpeg').replace('quicktime', 'mov');
  if (formats.has(format)) return [{ [kind]: { format, source: { bytes: inline.base64 } } }];
  notes.refuse(part, `Converse takes ${kind}s as ${[...formats].join(', ')}, not as ${inline.type}`);
  return [];
}

const formatOfName = (url: string): string => (typeOfName(url) ?? '').split('/')[1] ?? 'png';

const audioOf = (audio: JsonNode | undefined): readonly JsonFields[] =>
  [{ audio: { format: stringOf(get(audio, 'format')) ?? 'wav', source: { bytes: stringOf(get(audio, 'data')) ?? '' } } }];

function documentOf(part: JsonNode, notes: Notes): readonly JsonFields[] {
  const file = get(part, 'file');
  const name = stringOf(get(file, 'filename'));
  const data = stringOf(get(file, 'file_data')) ?? '';
  if (!file || get(file, 'file_id') || data === '' || /^https?:/i.test(data)) {
    notes.refuse(part, 'Converse takes documents by their content, not by a URL or an id');
    return [];
  }
  const inline: Inline = inlineOf(data) ?? { type: typeOfName(name) ?? 'application/pdf', base64: data };
  const image = inline.type.startsWith('image/') ? inline.type.slice(6) : '';
  if (IMAGES.has(image)) return [{ image: { format: image, source: { bytes: inline.base64 } } }];
  const format = extensionOf(inline.type) ?? '';
  if (!DOCUMENTS.has(format)) {
    notes.refuse(part, `Converse takes documents as ${[...DOCUMENTS].join(', ')}, not as ${inline.type}`);
    return [];
  }
  return [{ document: { format, name: documentName(name, part), source: { bytes: inline.base64 } } }];
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
  const marked = parts.find((part) => get(part, 'cache_control'));
  const content = blocksOf(get(message, 'content'), notes).filter((block) => !('cachePoint' in block));
  const status = isTrue(get(message, 'is_error')) ? 'error' : undefined;
  return [{ toolResult: { toolUseId: id, content, status } }, ...cachePoint(marked ?? message)];
}
