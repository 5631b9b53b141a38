/**
 * How much text a request amounts to, in bytes: what the estimate of its input tokens starts from. Media stand in a body
 * as base64, of which a token covers hundreds of characters instead of four, so each is counted as the text that would
 * cost about as many tokens. Rough on purpose: what is learned from settled calls corrects the rest.
 */
import { isObject } from '../../leaf/check.ts';
import type { JsonObject } from '../../leaf/check.ts';

/** An image costs 85 to about 1,500 tokens whatever its bytes; this is the text of a thousand. */
const IMAGE_AS_TEXT_BYTES = 4_000;
/** Ten tokens a second of sound, which is 5 to 60 kB of base64. */
const AUDIO_BYTES_PER_TEXT_BYTE = 250;
/** A page of a PDF is about 100 kB of base64 and 1,500 tokens. */
const FILE_BYTES_PER_TEXT_BYTE = 16;

/** `bodyBytes` with each piece of media counted as the text that costs as much. Bytes, at least 1. */
export function weighChatRequest(body: JsonObject, bodyBytes: number): number {
  let bytes = bodyBytes;
  const messages = Array.isArray(body['messages']) ? (body['messages'] as readonly unknown[]) : [];
  for (const message of messages) {
    const content = isObject(message) ? message['content'] : undefined;
    if (!Array.isArray(content)) continue;
    for (const part of content as readonly unknown[]) if (isObject(part)) bytes += mediaDifference(part);
  }
  return Math.max(1, Math.round(bytes));
}

/** What counting this part as text adds to (or takes from) its bytes. */
function mediaDifference(part: JsonObject): number {
  switch (part['type']) {
    case 'image_url': return IMAGE_AS_TEXT_BYTES - lengthOf(urlOf(part['image_url']));
    case 'input_audio': return shrunk(lengthOf(memberOf(part['input_audio'], 'data')), AUDIO_BYTES_PER_TEXT_BYTE);
    case 'file': return shrunk(lengthOf(memberOf(part['file'], 'file_data')), FILE_BYTES_PER_TEXT_BYTE);
    default: return 0; // text, and what we do not know
  }
}

const shrunk = (bytes: number, by: number): number => bytes / by - bytes;
const urlOf = (image: unknown): unknown => (typeof image === 'string' ? image : memberOf(image, 'url'));
const memberOf = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);
const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
