/** Tools of a Chat request, the choice among them and the form of the answer, as Converse has them. */
import { choiceOf, formOf, functionsOf, warnOfChoice, type Choice, type Declared } from '../../formats/chat/read-tools.ts';
import { get, isTrue, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Asking, Setting } from '../../leaf/settings.ts';
import { cachePoint } from './content.ts';

export interface ToolFields {
  readonly toolConfig: Json | undefined;
  /** What only the model behind Converse understands. */
  readonly additional: JsonFields;
}

export function toolFields(asking: Asking): ToolFields {
  const { root, notes } = asking;
  const tools = functionsOf(root, 'Converse', notes).flatMap((declared) => [toolOf(declared), ...(declared.cacheControl ? cachePoint(declared.node) : [])]);
  if (tools.length === 0) {
    warnOfChoice(root, notes);
    return { toolConfig: undefined, additional: {} };
  }
  const choice = choiceOf(root);
  const parallel = get(root, 'parallel_tool_calls');
  const chosen = choice && chosenOf(choice, asking);
  return { toolConfig: { tools, toolChoice: chosen }, additional: parallel ? parallelField(parallel, asking) : {} };
}

const toolOf = ({ name, description, parameters, strict }: Declared): JsonFields => ({
  toolSpec: {
    name,
    description: description && raw(description),
    inputSchema: { json: parameters ? raw(parameters) : { type: 'object', properties: {} } },
    strict: strict && raw(strict),
  },
});

function chosenOf(choice: Choice, { notes }: Asking): JsonFields | undefined {
  switch (choice.kind) {
    case 'auto': return { auto: {} };
    case 'required': return { any: {} };
    case 'function': return { tool: { name: choice.name } };
    case 'none': {
      notes.warn(choice.node, 'left out: Converse cannot keep a model from its tools');
      return undefined;
    }
    case 'other': {
      notes.refuse(choice.node, 'Converse can choose one tool, or any');
      return undefined;
    }
    default: return choice satisfies never;
  }
}

/** One call at a time is Claude's own setting; many at a time is how every model behaves. */
function parallelField(parallel: JsonNode, { rules, notes }: Asking): JsonFields {
  if (isTrue(parallel)) return {};
  if (rules.family === 'anthropic') return { tool_choice: { type: 'auto', disable_parallel_tool_use: true } };
  notes.warn(parallel, 'left out: Converse cannot ask for one call at a time');
  return {};
}

/** `response_format` as a text format: the schema stands in it as a string, in the client's own words. */
export const formatSetting: Setting = (node, { root, notes }) => {
  const form = formOf(root);
  switch (form?.kind) {
    case undefined:
    case 'text': return {};
    case 'json_object': {
      notes.warn(node, 'Converse has no JSON mode without a schema: only the prompt asks for JSON');
      return {};
    }
    case 'json_schema': {
      const { schema, name, strict, description } = form.schema;
      if (strict) notes.warn(strict, 'left out: Converse always holds to a schema');
      const jsonSchema = { schema: schema ? textOf(schema) : '{}', name: name && raw(name), description: description && raw(description) };
      return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
    }
    case 'other': {
      notes.refuse(get(node, 'type') ?? node, 'Converse answers in text or by a JSON schema');
      return {};
    }
    default: return form satisfies never;
  }
};
