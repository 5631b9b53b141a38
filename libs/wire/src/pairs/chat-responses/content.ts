/** The parts of a Chat message as the content of an input item. */
import { inlineOf } from '../../leaf/data-url.ts';
import { get, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { extensionOf } from '../../leaf/media.ts';
import type { Notes } from '../notes.ts';

/** The parts of a `content`: a string, parts, or nothing. Empty texts are no parts. */
export function partsOf(content: JsonNode | undefined, notes: Notes): readonly JsonFields[] {
  if (!content) return [];
  return content.kind === 'array' ? content.items.flatMap((part) => partOf(part, notes)) : textPart(content);
}

const textPart = (text: JsonNode | undefined): readonly JsonFields[] =>
  text?.kind === 'string' && text.value !== '' ? [{ type: 'input_text', text: raw(text) }] : [];

function partOf(part: JsonNode, notes: Notes): readonly JsonFields[] {
  if (part.kind === 'string') return textPart(part);
  const mark = get(part, 'cache_control');
  if (mark) notes.warn(mark, 'left out: the provider finds by itself what it has in its cache');
  switch (stringOf(get(part, 'type'))) {
    case 'text':
    case 'input_text': return textPart(get(part, 'text'));
    case 'refusal': return textPart(get(part, 'refusal'));
    case 'image_url': return [imageOf(get(part, 'image_url'))];
    case 'file': return [fileOf(get(part, 'file'))];
    case 'file_url': return [{ type: 'input_file', file_url: urlOf(get(part, 'file_url')) }];
    case 'thinking': {
      notes.warn(part, 'left out: thoughts without their encrypted content cannot be given back');
      return [];
    }
    case 'input_audio': {
      notes.refuse(part, 'Responses takes no audio');
      return [];
    }
    default: {
      notes.refuse(part, `Responses has no part of type ${shown(get(part, 'type'))}`);
      return [];
    }
  }
}

const shown = (type: JsonNode | undefined): string => (type ? textOf(type).slice(0, 64) : 'nothing');

/** `{url, detail}`, or the URL itself as some clients write it. */
const urlOf = (pointer: JsonNode | undefined): string => stringOf(pointer) ?? stringOf(get(pointer, 'url')) ?? '';

function imageOf(image: JsonNode | undefined): JsonFields {
  const detail = get(image, 'detail');
  return { type: 'input_image', image_url: urlOf(image), detail: detail ? raw(detail) : 'auto' };
}

function fileOf(file: JsonNode | undefined): JsonFields {
  const member = (key: string): JsonFields => {
    const node = get(file, key);
    return node ? { [key]: raw(node) } : {};
  };
  const data = stringOf(get(file, 'file_data'));
  if (data === undefined) return { type: 'input_file', ...member('file_id'), ...member('filename') };
  if (/^https?:/i.test(data)) return { type: 'input_file', file_url: data, ...member('filename') };
  // A file that is sent along needs a name; its extension says what it is.
  const named = get(file, 'filename') ? member('filename') : { filename: `file.${extensionOf(inlineOf(data)?.type ?? '') ?? 'pdf'}` };
  return { type: 'input_file', ...member('file_data'), ...named };
}
