/** Tools of a Chat request, the choice among them and the form of the answer, as Gemini has them. */
import { choiceOf, formOf, functionsOf, warnOfChoice, type Choice, type Declared } from '../../formats/chat/read-tools.ts';
import { get, isTrue, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Asking, Setting } from '../../leaf/settings.ts';

export function toolFields({ root, notes }: Asking): JsonFields {
  const functions = functionsOf(root, 'Gemini', notes);
  const search = get(root, 'web_search_options');
  for (const [, option] of search?.members ?? []) notes.warn(option, 'left out: Google searches in its own way');
  const tools: readonly Json[] = [
    ...(functions.length > 0 ? [{ functionDeclarations: functions.map((declared) => declarationOf(declared, notes)) }] : []),
    ...(search ? [{ googleSearch: {} }] : []),
  ];
  if (functions.length === 0) {
    warnOfChoice(root, notes);
    return { tools: tools.length > 0 ? tools : undefined };
  }
  const parallel = get(root, 'parallel_tool_calls');
  if (parallel && !isTrue(parallel)) notes.warn(parallel, 'left out: Gemini cannot ask for one call at a time');
  const choice = choiceOf(root);
  const config = choice && chosenOf(choice, notes);
  return { tools, toolConfig: config && { functionCallingConfig: config } };
}

/** Gemini takes a JSON Schema as it is. */
function declarationOf({ name, description, parameters, strict, cacheControl }: Declared, notes: Asking['notes']): JsonFields {
  if (isTrue(strict)) notes.warn(strict ?? '', 'left out: Gemini does not promise to hold to a schema of a tool');
  if (cacheControl) notes.warn(cacheControl, 'left out: Gemini finds by itself what it has in its cache');
  return { name, description: description && raw(description), parametersJsonSchema: parameters && raw(parameters) };
}

function chosenOf(choice: Choice, notes: Asking['notes']): JsonFields | undefined {
  switch (choice.kind) {
    case 'auto': return { mode: 'AUTO' };
    case 'none': return { mode: 'NONE' };
    case 'required': return { mode: 'ANY' };
    case 'function': return { mode: 'ANY', allowedFunctionNames: [choice.name] };
    case 'other': return allowed(choice.node, notes);
    default: return choice satisfies never;
  }
}

/** A set of tools of which one must be used; one that may be used Gemini cannot say. */
function allowed(node: JsonNode, notes: Asking['notes']): JsonFields | undefined {
  const set = get(node, 'allowed_tools');
  const names = (get(set, 'tools')?.items ?? []).flatMap((tool) => get(get(tool, 'function'), 'name') ?? []);
  if (stringOf(get(set, 'mode')) === 'required' && names.length > 0) return { mode: 'ANY', allowedFunctionNames: names.map(raw) };
  notes.refuse(node, 'Gemini can choose among functions that must be called, or leave all open');
  return undefined;
}

/** `response_format` as members of the generation config. */
export const formatSetting: Setting = (node, { root, notes }) => {
  const form = formOf(root);
  switch (form?.kind) {
    case undefined:
    case 'text': return {};
    case 'json_object': return { responseMimeType: 'application/json' };
    case 'json_schema': {
      const { schema, name, strict, description } = form.schema;
      for (const label of [name, strict, description]) if (label) notes.warn(label, 'left out: Gemini takes the schema alone');
      return { responseMimeType: 'application/json', responseJsonSchema: schema && raw(schema) };
    }
    case 'other': {
      notes.refuse(get(node, 'type') ?? node, 'Gemini answers in text, in JSON or by a JSON schema');
      return {};
    }
    default: return form satisfies never;
  }
};
