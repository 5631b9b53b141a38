/** The content of a Chat message as parts, each with what it is. */
import { inlineOf, type Inline } from '../../leaf/data-url.ts';
import { get, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { typeOfName } from '../../leaf/media.ts';
import type { Notes } from '../../leaf/notes.ts';

/** `node` is the part itself, or the content where that is a string. */
export type Part =
  /** Never empty. */
  | { readonly kind: 'text'; readonly text: JsonNode; readonly node: JsonNode }
  | { readonly kind: 'image'; readonly url: string; readonly detail: JsonNode | undefined; readonly node: JsonNode }
  | { readonly kind: 'video'; readonly url: string; readonly node: JsonNode }
  /** Base64. */
  | { readonly kind: 'audio'; readonly format: string; readonly data: string; readonly node: JsonNode }
  | ({ readonly kind: 'file'; readonly node: JsonNode } & File)
  /** Magistral's thoughts stand among its content; nobody has signed them. */
  | { readonly kind: 'thought'; readonly node: JsonNode }
  | { readonly kind: 'unknown'; readonly type: string; readonly node: JsonNode };

/** A document, by one of three ways to have it. */
export interface File {
  readonly name: JsonNode | undefined;
  readonly id: JsonNode | undefined;
  readonly url: string | undefined;
  /** A data URL or bare base64; `''` where there is neither this nor another. */
  readonly data: string;
}

/** Parts of a `content`: a string, a list, or nothing. Empty texts are no parts. */
export function partsOf(content: JsonNode | undefined): readonly Part[] {
  if (!content) return [];
  return content.kind === 'array' ? content.items.flatMap(partOf) : textPart(content, content);
}

const textPart = (text: JsonNode | undefined, node: JsonNode): readonly Part[] =>
  text?.kind === 'string' && text.value !== '' ? [{ kind: 'text', text, node }] : [];

function partOf(node: JsonNode): readonly Part[] {
  if (node.kind === 'string') return textPart(node, node);
  const type = get(node, 'type');
  switch (stringOf(type)) {
    case 'text':
    case 'input_text': return textPart(get(node, 'text'), node);
    case 'refusal': return textPart(get(node, 'refusal'), node);
    case 'image_url': return [{ kind: 'image', url: urlOf(get(node, 'image_url')), detail: get(get(node, 'image_url'), 'detail'), node }];
    case 'video_url': return [{ kind: 'video', url: urlOf(get(node, 'video_url')), node }];
    case 'input_audio': return [audioOf(get(node, 'input_audio'), node)];
    case 'file': return [{ kind: 'file', ...fileOf(get(node, 'file')), node }];
    case 'file_url': return [{ kind: 'file', name: undefined, id: undefined, ...byAddress(urlOf(get(node, 'file_url'))), node }];
    case 'thinking': return [{ kind: 'thought', node }];
    default: return [{ kind: 'unknown', type: type ? textOf(type).slice(0, 64) : 'nothing', node }];
  }
}

/** `{url, detail}`, or the URL itself as some clients write it. */
const urlOf = (pointer: JsonNode | undefined): string => stringOf(pointer) ?? stringOf(get(pointer, 'url')) ?? '';

const audioOf = (audio: JsonNode | undefined, node: JsonNode): Part =>
  ({ kind: 'audio', format: stringOf(get(audio, 'format')) ?? 'wav', data: stringOf(get(audio, 'data')) ?? '', node });

function fileOf(file: JsonNode | undefined): File {
  const data = stringOf(get(file, 'file_data')) ?? '';
  const isAddress = /^(?:https?|gs|s3):/i.test(data);
  return { name: get(file, 'filename'), id: get(file, 'file_id'), ...(isAddress ? byAddress(data) : { url: undefined, data }) };
}

const byAddress = (url: string): Pick<File, 'url' | 'data'> => (/^data:/i.test(url) ? { url: undefined, data: url } : { url, data: '' });

/** What a file holds, its type told by its data URL, else by its name. */
export function inlineFile({ data, name }: File): Inline {
  return inlineOf(data) ?? { type: typeOfName(stringOf(name)) ?? 'application/pdf', base64: data };
}

/** The mark of a stretch that may be kept in the provider's cache, on a part, a message, a call or a tool. */
export const cacheMark = (node: JsonNode): JsonNode | undefined => get(node, 'cache_control');

/** What no provider is given: unsigned thoughts are left out, a part that nobody knows is refused. `target` as warnings name it. */
export function passOver(part: Extract<Part, { kind: 'thought' | 'unknown' }>, target: string, notes: Notes): readonly [] {
  if (part.kind === 'thought') notes.warn(part.node, 'left out: thoughts without a signature cannot be given back');
  else notes.refuse(part.node, `${target} has no part of type ${part.type}`);
  return [];
}
