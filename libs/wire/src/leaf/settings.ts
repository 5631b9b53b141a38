/**
 * The members of a request that are no conversation, each with what becomes of it. A pair states a table; a member that it does not
 * name is left out with a warning, because a hint that got lost is better than a request refused for it.
 */
import { raw, type JsonFields } from './json-write.ts';
import type { JsonNode } from './json-node.ts';
import type { Notes } from './notes.ts';
import type { Rules } from './rules.ts';

export interface Asking {
  /** The client's whole request: some settings depend on others. */
  readonly root: JsonNode;
  readonly rules: Rules;
  readonly notes: Notes;
}

/** From a member (never null) to the members it becomes. */
export type Setting = (node: JsonNode, asking: Asking) => JsonFields;

export function settingsOf(asking: Asking, table: Readonly<Record<string, Setting>>): JsonFields {
  const fields: Record<string, JsonFields[string]> = {};
  for (const [key, node] of asking.root.members) {
    if (node.kind === 'null') continue;
    const setting = Object.hasOwn(table, key) ? table[key] : undefined;
    Object.assign(fields, (setting ?? unknown)(node, asking));
  }
  return fields;
}

const unknown: Setting = (node, { notes }) => {
  notes.warn(node, 'left out: not known for this provider');
  return {};
};

/** The same under this name, lexeme and all. */
export const asIs = (name: string): Setting => (node) => ({ [name]: raw(node) });

/** Read where it belongs. */
export const elsewhere: Setting = () => ({});

/** Left out with a warning: the answer is right without it. */
export const hint = (reason = 'the provider has nothing like it'): Setting => (node, { notes }) => {
  notes.warn(node, `left out: ${reason}`);
  return {};
};

/** Refused, because the answer would be another, unless the value says nothing: then it is left out. */
export const cannot = (reason: string, isNeutral: (node: JsonNode) => boolean): Setting => (node, { notes }) => {
  if (!isNeutral(node)) notes.refuse(node, reason);
  return {};
};
