/** The parts of a Chat message as parts of a Gemini content. */
import { cacheMark, inlineFile, partsOf as readParts, passOver, type File, type Part } from '../../formats/chat/read-parts.ts';
import { inlineOf } from '../../leaf/data-url.ts';
import { stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { typeOfName } from '../../leaf/media.ts';
import type { Notes } from '../../leaf/notes.ts';

export const partsOf = (content: JsonNode | undefined, notes: Notes): readonly JsonFields[] =>
  readParts(content).flatMap((part) => {
    const mark = cacheMark(part.node);
    if (mark) notes.warn(mark, 'left out: Gemini finds by itself what it has in its cache');
    return partOf(part, notes);
  });

function partOf(part: Part, notes: Notes): readonly JsonFields[] {
  switch (part.kind) {
    case 'text': return [{ text: raw(part.text) }];
    case 'image': {
      if (part.detail) notes.warn(part.detail, 'left out: Gemini has one detail for all images of a request');
      return [pointed(part.url, 'image/jpeg')];
    }
    case 'video': return [pointed(part.url, 'video/mp4')];
    case 'audio': return [{ inlineData: { mimeType: `audio/${part.format}`, data: part.data } }];
    case 'file': return [fileOf(part, notes)];
    case 'thought':
    case 'unknown': return passOver(part, 'Gemini', notes);
    default: return part satisfies never;
  }
}

function pointed(url: string, usual: string): JsonFields {
  const inline = inlineOf(url);
  if (inline) return { inlineData: { mimeType: inline.type, data: inline.base64 } };
  return { fileData: { mimeType: typeOfName(url) ?? usual, fileUri: url } };
}

function fileOf(file: File, notes: Notes): JsonFields {
  if (file.name) notes.warn(file.name, 'left out: files have no names in Gemini');
  const type = typeOfName(stringOf(file.name)) ?? 'application/pdf';
  if (file.id) return { fileData: { mimeType: type, fileUri: raw(file.id) } };
  if (file.url !== undefined) return pointed(file.url, type);
  const inline = inlineFile(file);
  return { inlineData: { mimeType: inline.type, data: inline.base64 } };
}
