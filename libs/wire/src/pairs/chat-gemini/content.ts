/** The parts of a Chat message as parts of a Gemini content. */
import { inlineOf } from '../../leaf/data-url.ts';
import { get, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { typeOfName } from '../../leaf/media.ts';
import type { Notes } from '../notes.ts';

/** The parts of a `content`: a string, parts, or nothing. Empty texts are no parts. */
export function partsOf(content: JsonNode | undefined, notes: Notes): readonly JsonFields[] {
  if (!content) return [];
  return content.kind === 'array' ? content.items.flatMap((part) => partOf(part, notes)) : textPart(content);
}

const textPart = (text: JsonNode | undefined): readonly JsonFields[] => (text?.kind === 'string' && text.value !== '' ? [{ text: raw(text) }] : []);

function partOf(part: JsonNode, notes: Notes): readonly JsonFields[] {
  if (part.kind === 'string') return textPart(part);
  const mark = get(part, 'cache_control');
  if (mark) notes.warn(mark, 'left out: Gemini finds by itself what it has in its cache');
  switch (stringOf(get(part, 'type'))) {
    case 'text':
    case 'input_text': return textPart(get(part, 'text'));
    case 'refusal': return textPart(get(part, 'refusal'));
    case 'image_url': return [imageOf(get(part, 'image_url'), notes)];
    case 'video_url': return [pointed(urlOf(get(part, 'video_url')), 'video/mp4')];
    case 'file_url': return [pointed(urlOf(get(part, 'file_url')), 'application/pdf')];
    case 'input_audio': return [audioOf(get(part, 'input_audio'))];
    case 'file': return [fileOf(get(part, 'file'), notes)];
    case 'thinking': {
      notes.warn(part, 'left out: thoughts without a signature cannot be given back');
      return [];
    }
    default: {
      notes.refuse(part, `Gemini has no part of type ${shown(get(part, 'type'))}`);
      return [];
    }
  }
}

const shown = (type: JsonNode | undefined): string => (type ? textOf(type).slice(0, 64) : 'nothing');

/** `{url, detail}`, or the URL itself as some clients write it. */
const urlOf = (pointer: JsonNode | undefined): string => stringOf(pointer) ?? stringOf(get(pointer, 'url')) ?? '';

function pointed(url: string, usual: string): JsonFields {
  const inline = inlineOf(url);
  if (inline) return { inlineData: { mimeType: inline.type, data: inline.base64 } };
  return { fileData: { mimeType: typeOfName(url) ?? usual, fileUri: url } };
}

function imageOf(image: JsonNode | undefined, notes: Notes): JsonFields {
  const detail = get(image, 'detail');
  if (detail) notes.warn(detail, 'left out: Gemini has one detail for all images of a request');
  return pointed(urlOf(image), 'image/jpeg');
}

const audioOf = (audio: JsonNode | undefined): JsonFields =>
  ({ inlineData: { mimeType: `audio/${stringOf(get(audio, 'format')) ?? 'wav'}`, data: stringOf(get(audio, 'data')) ?? '' } });

function fileOf(file: JsonNode | undefined, notes: Notes): JsonFields {
  const name = get(file, 'filename');
  if (name) notes.warn(name, 'left out: files have no names in Gemini');
  const type = typeOfName(stringOf(name)) ?? 'application/pdf';
  const id = stringOf(get(file, 'file_id'));
  if (id !== undefined) return { fileData: { mimeType: type, fileUri: id } };
  const data = stringOf(get(file, 'file_data')) ?? '';
  return /^(data|https?|gs):/i.test(data) ? pointed(data, type) : { inlineData: { mimeType: type, data } };
}
