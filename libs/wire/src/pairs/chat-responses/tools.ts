/** Tools of a Chat request, the choice among them and the form of the answer, as Responses has them. */
import { choiceOf, formOf, toolsOf, warnOfChoice, type Choice, type Declared } from '../../formats/chat/read-tools.ts';
import { get, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';
import { CACHED } from './content.ts';
import type { Asking, Setting } from '../../leaf/settings.ts';

export function toolFields({ root, notes }: Asking): JsonFields {
  const { functions, others } = toolsOf(root);
  const search = get(root, 'web_search_options');
  const tools: readonly Json[] = [
    ...functions.map((declared) => toolOf(declared, notes)),
    ...others.flatMap((tool) => customOf(tool, notes)),
    ...(search ? [searchTool(search)] : []),
  ];
  if (tools.length > 0) {
    const choice = choiceOf(root);
    const parallel = get(root, 'parallel_tool_calls');
    return { tools, tool_choice: choice && chosenOf(choice, notes), parallel_tool_calls: parallel && raw(parallel) };
  }
  warnOfChoice(root, notes);
  return {};
}

/** Strictness is on by default in Responses and off in Chat, so that it is always said. */
function toolOf({ name, description, parameters, strict, cacheControl }: Declared, notes: Notes): JsonFields {
  if (cacheControl) notes.warn(cacheControl, CACHED);
  return {
    type: 'function', name,
    description: description && raw(description),
    parameters: parameters ? raw(parameters) : { type: 'object', properties: {} },
    strict: strict ? raw(strict) : false,
  };
}

/** Custom tools stand one level deeper in Chat, and so does their grammar. */
function customOf(tool: JsonNode, notes: Notes): readonly JsonFields[] {
  const custom = get(tool, 'custom');
  if (stringOf(get(tool, 'type')) !== 'custom' || !custom) {
    notes.refuse(get(tool, 'type') ?? tool, `Responses has no such tool as Chat's ${shown(get(tool, 'type'))}`);
    return [];
  }
  const [name, description, format] = [get(custom, 'name'), get(custom, 'description'), get(custom, 'format')];
  const grammar = get(format, 'grammar');
  const inner = grammar ? Object.fromEntries([...grammar.members].map(([key, node]) => [key, raw(node)])) : {};
  const type = get(format, 'type');
  return [{
    type: 'custom', name: name && raw(name), description: description && raw(description),
    format: type && { type: raw(type), ...inner },
  }];
}

const shown = (type: JsonNode | undefined): string => (type ? textOf(type).slice(0, 64) : 'nothing');

function searchTool(search: JsonNode): JsonFields {
  const size = get(search, 'search_context_size');
  const place = get(get(search, 'user_location'), 'approximate');
  return {
    type: 'web_search',
    search_context_size: size && raw(size),
    user_location: place && { type: 'approximate', ...Object.fromEntries([...place.members].map(([key, node]) => [key, raw(node)])) },
  };
}

function chosenOf(choice: Choice, notes: Notes): Json | undefined {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required': return choice.kind;
    case 'function': return { type: 'function', name: choice.name };
    case 'other': return otherChoice(choice.node, notes);
    default: return choice satisfies never;
  }
}

function otherChoice(node: JsonNode, notes: Notes): Json | undefined {
  const custom = get(get(node, 'custom'), 'name');
  if (custom) return { type: 'custom', name: raw(custom) };
  const allowed = get(node, 'allowed_tools');
  const mode = get(allowed, 'mode');
  if (allowed && mode) {
    const tools = (get(allowed, 'tools')?.items ?? []).flatMap((tool) => {
      const [type, name] = [get(tool, 'type'), get(get(tool, 'function') ?? get(tool, 'custom'), 'name')];
      return type && name ? [{ type: raw(type), name: raw(name) }] : [];
    });
    return { type: 'allowed_tools', mode: raw(mode), tools };
  }
  notes.refuse(node, 'Responses knows no such choice of a tool');
  return undefined;
}

/** `response_format` as `text.format`. */
export const formatSetting: Setting = (node, { root, notes }) => {
  const form = formOf(root);
  switch (form?.kind) {
    case undefined: return {};
    case 'text':
    case 'json_object': return { format: { type: form.kind } };
    case 'json_schema': {
      const { schema, name, strict, description } = form.schema;
      const format = {
        type: 'json_schema', name: name ? raw(name) : 'response', schema: schema ? raw(schema) : {},
        strict: strict && raw(strict), description: description && raw(description),
      };
      return { format };
    }
    case 'other': {
      notes.refuse(get(node, 'type') ?? node, 'Responses answers in text, in JSON or by a JSON schema');
      return {};
    }
    default: return form satisfies never;
  }
};
