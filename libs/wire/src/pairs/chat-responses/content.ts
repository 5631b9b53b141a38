/** The parts of a Chat message as the content of an input item. */
import { cacheMark, partsOf as readParts, passOver, type File, type Part } from '../../formats/chat/read-parts.ts';
import { inlineOf } from '../../leaf/data-url.ts';
import type { JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { extensionOf } from '../../leaf/media.ts';
import type { Notes } from '../../leaf/notes.ts';

export const CACHED = 'left out: the provider finds by itself what it has in its cache';

export const partsOf = (content: JsonNode | undefined, notes: Notes): readonly JsonFields[] =>
  readParts(content).flatMap((part) => {
    const mark = cacheMark(part.node);
    if (mark) notes.warn(mark, CACHED);
    return partOf(part, notes);
  });

function partOf(part: Part, notes: Notes): readonly JsonFields[] {
  switch (part.kind) {
    case 'text': return [{ type: 'input_text', text: raw(part.text) }];
    case 'image': return [{ type: 'input_image', image_url: part.url, detail: part.detail ? raw(part.detail) : 'auto' }];
    case 'file': return [fileOf(part)];
    case 'audio':
    case 'video': {
      notes.refuse(part.node, `Responses takes no ${part.kind}`);
      return [];
    }
    case 'thought':
    case 'unknown': return passOver(part, 'Responses', notes);
    default: return part satisfies never;
  }
}

function fileOf({ id, name, url, data }: File): JsonFields {
  const filename = name && raw(name);
  if (url !== undefined) return { type: 'input_file', file_url: url, filename };
  if (data === '') return { type: 'input_file', file_id: id && raw(id), filename };
  // A file that is sent along needs a name; its extension says what it is.
  return { type: 'input_file', file_data: data, filename: filename ?? `file.${extensionOf(inlineOf(data)?.type ?? '') ?? 'pdf'}` };
}
