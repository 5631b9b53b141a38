/** Tools of a Chat request, the choice among them and the form of the answer, as Messages has them. */
import { choiceOf, formOf, functionsOf, warnOfChoice, type Choice, type Declared } from '../../formats/chat/read-tools.ts';
import { get, isTrue, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, type Json, type JsonFields, type Raw } from '../../leaf/json-write.ts';
import type { Asking, Setting } from '../../leaf/settings.ts';

export function toolFields({ root, notes }: Asking): JsonFields {
  const tools: Json[] = functionsOf(root, 'Messages', notes).map((declared) => toolOf(declared, notes));
  const search = get(root, 'web_search_options');
  if (search) tools.push(searchTool(search, notes));
  if (tools.length > 0) return { tools, tool_choice: choiceField(root, notes) };
  warnOfChoice(root, notes);
  return {};
}

function toolOf(declared: Declared, notes: Asking['notes']): JsonFields {
  return {
    name: declared.name,
    description: declared.description && raw(declared.description),
    input_schema: schemaOf(declared.parameters, notes),
    strict: declared.strict && raw(declared.strict),
    cache_control: declared.cacheControl && raw(declared.cacheControl),
  };
}

/** Messages demands `"type":"object"` at the top of a schema, which is what a schema without it means. */
function schemaOf(parameters: JsonNode | undefined, notes: Asking['notes']): Json {
  if (!parameters) return { type: 'object', properties: {} };
  if (get(parameters, 'type') || parameters.kind !== 'object') return raw(parameters);
  if (parameters.members.size > 0) notes.warn(parameters, 'said with "type":"object", which Messages demands');
  return typed(parameters);
}

function typed(parameters: JsonNode): Raw | JsonFields {
  const text = parameters.source.slice(parameters.start + 1, parameters.end);
  return rawText(parameters.members.size > 0 ? `{"type":"object",${text}` : `{"type":"object"${text}`)?.raw ?? { type: 'object' };
}

/** OpenAI's search models take this beside the tools; in Messages it is one of them. */
function searchTool(search: JsonNode, notes: Asking['notes']): JsonFields {
  const size = get(search, 'search_context_size');
  if (size) notes.warn(size, 'left out: the search of Messages has no such size');
  const place = get(get(search, 'user_location'), 'approximate');
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    user_location: place && { type: 'approximate', ...Object.fromEntries([...place.members].map(([key, node]) => [key, raw(node)])) },
  };
}

function choiceField(root: JsonNode, notes: Asking['notes']): JsonFields | undefined {
  const choice = choiceOf(root);
  const parallel = get(root, 'parallel_tool_calls');
  const chosen = choice && chosenOf(choice, notes);
  if (!parallel) return chosen;
  if (choice?.kind !== 'none') return { ...(chosen ?? { type: 'auto' }), disable_parallel_tool_use: !isTrue(parallel) };
  notes.warn(parallel, 'left out: no tool may be used');
  return chosen;
}

function chosenOf(choice: Choice, notes: Asking['notes']): JsonFields | undefined {
  switch (choice.kind) {
    case 'auto':
    case 'none': return { type: choice.kind };
    case 'required': return { type: 'any' };
    case 'function': return { type: 'tool', name: choice.name };
    case 'other': {
      notes.refuse(choice.node, 'Messages can choose one tool, any, or none');
      return undefined;
    }
    default: return choice satisfies never;
  }
}

/** `response_format` as the format of `output_config`. */
export const formatSetting: Setting = (node, { root, notes }) => {
  const form = formOf(root);
  switch (form?.kind) {
    case undefined:
    case 'text': return {};
    case 'json_object': {
      notes.warn(node, 'Messages has no JSON mode without a schema: only the prompt asks for JSON');
      return {};
    }
    case 'json_schema': {
      const { schema, name, strict, description } = form.schema;
      for (const label of [name, strict, description]) if (label) notes.warn(label, 'left out: Messages takes the schema alone, and always holds to it');
      return schema ? { format: { type: 'json_schema', schema: raw(schema) } } : {};
    }
    case 'other': {
      notes.refuse(get(node, 'type') ?? node, 'Messages answers in text or by a JSON schema');
      return {};
    }
    default: return form satisfies never;
  }
};
