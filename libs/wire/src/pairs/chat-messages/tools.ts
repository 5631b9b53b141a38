/** Tools of a Chat request, the choice among them and the form of the answer, as Messages has them. */
import { choiceOf, formOf, toolsOf, type Choice, type Declared } from '../../formats/chat/read-tools.ts';
import { get, isTrue, numberOf, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, type Json, type JsonFields, type Raw } from '../../leaf/json-write.ts';
import type { Asking, Setting } from '../settings.ts';

export function toolFields({ root, notes }: Asking): JsonFields {
  const { functions, others } = toolsOf(root);
  for (const other of others) notes.refuse(get(other, 'type') ?? other, `Messages has no tool of type ${stringOf(get(other, 'type')) ?? 'nothing'}`);
  const tools: Json[] = functions.map((declared) => toolOf(declared, { root, notes }));
  const search = get(root, 'web_search_options');
  if (search) tools.push(searchTool(search, { notes }));
  return { tools: tools.length > 0 ? tools : undefined, ...choiceFields({ root, notes }, tools.length > 0) };
}

type Noting = Pick<Asking, 'root' | 'notes'>;

function toolOf(declared: Declared, { notes }: Noting): JsonFields {
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
function searchTool(search: JsonNode, { notes }: Pick<Asking, 'notes'>): JsonFields {
  const size = get(search, 'search_context_size');
  if (size) notes.warn(size, 'left out: the search of Messages has no such size');
  const place = get(get(search, 'user_location'), 'approximate');
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    user_location: place && { type: 'approximate', ...Object.fromEntries([...place.members].map(([key, node]) => [key, raw(node)])) },
  };
}

function choiceFields({ root, notes }: Noting, hasTools: boolean): JsonFields {
  const choice = choiceOf(root);
  const parallel = get(root, 'parallel_tool_calls');
  if (!hasTools) {
    for (const node of [choice?.kind === 'none' ? undefined : choice?.node, parallel]) if (node) notes.warn(node, 'left out: there are no tools');
    return {};
  }
  const chosen = choice && chosenOf(choice, notes);
  if (!parallel) return { tool_choice: chosen };
  if (chosen && 'type' in chosen && chosen['type'] === 'none') {
    notes.warn(parallel, 'left out: no tool may be used');
    return { tool_choice: chosen };
  }
  return { tool_choice: { ...(chosen ?? { type: 'auto' }), disable_parallel_tool_use: !isTrue(parallel) } };
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

/** Does the request force a tool? Claude does not think before a call that it is made to make. */
export function forcesTool(root: JsonNode): boolean {
  const choice = choiceOf(root);
  return choice?.kind === 'required' || choice?.kind === 'function';
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

/** The bound on output tokens: a number, as some clients write it in a string; -1 says that there is none. */
export function boundOf(root: JsonNode): { readonly node: JsonNode; readonly tokens: number } | undefined {
  const node = get(root, 'max_completion_tokens') ?? get(root, 'max_tokens');
  const tokens = numberOf(node) ?? Number(stringOf(node) ?? Number.NaN);
  return node && tokens > 0 ? { node, tokens } : undefined;
}
