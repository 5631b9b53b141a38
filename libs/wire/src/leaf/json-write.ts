/** Writes JSON in which pieces of text stand as they were written elsewhere. */
import { readJson, textOf, type JsonNode } from './json-node.ts';

const RAW = Symbol('JSON text');

/** JSON text that goes into what is written as it is. */
export interface Raw {
  readonly [RAW]: string;
}

/** What can be written. Members that are undefined are left out. */
export type Json = null | boolean | number | string | Raw | readonly Json[] | JsonFields;
export interface JsonFields {
  readonly [key: string]: Json | undefined;
}

/** A node in its own text. */
export const raw = (node: JsonNode): Raw => ({ [RAW]: textOf(node) });

/**
 * Text that claims to be JSON (the arguments of a call, as a model wrote them): itself where it is, undefined where it is not.
 * Halves of surrogate pairs get their escape: as they are no encoding could carry them.
 */
export function rawText(text: string): { readonly raw: Raw; readonly node: JsonNode } | undefined {
  const node = readJson(text);
  return node && { node, raw: { [RAW]: text.isWellFormed() ? text : escapeLone(text) } };
}

export function write(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isRaw(value)) return value[RAW];
  return isList(value) ? `[${listText(value)}]` : `{${membersText(value)}}`;
}

function listText(items: readonly Json[]): string {
  let text = '';
  for (const item of items) text += text === '' ? write(item) : `,${write(item)}`;
  return text;
}

function membersText(fields: JsonFields): string {
  let text = '';
  for (const key of Object.keys(fields)) {
    const member = fields[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${write(member)}`;
  }
  return text;
}

const isRaw = (value: object): value is Raw => RAW in value;
/** `Array.isArray` does not know of readonly arrays. */
const isList = (value: object): value is readonly Json[] => Array.isArray(value);

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const escapeLone = (text: string): string => text.replace(LONE, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
