/** The tools of a Chat Completions request, its choice among them, and the form it wants the answer in. */
import { get, isTrue, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Notes } from '../../leaf/notes.ts';

/** A declared function, also one in the old `functions`. */
export interface Declared {
  readonly name: string;
  readonly description: JsonNode | undefined;
  readonly parameters: JsonNode | undefined;
  readonly strict: JsonNode | undefined;
  readonly cacheControl: JsonNode | undefined;
  /** The tool; a function in the old list. */
  readonly node: JsonNode;
}

export interface Tools {
  readonly functions: readonly Declared[];
  /** Tools of another type than `function`. */
  readonly others: readonly JsonNode[];
}

export function toolsOf(root: JsonNode): Tools {
  const tools = get(root, 'tools')?.items ?? [];
  const legacy = get(root, 'functions')?.items ?? [];
  return {
    functions: [
      ...tools.flatMap((tool) => (isFunction(tool) ? [declared(get(tool, 'function') ?? tool, tool)] : [])),
      ...legacy.map((node) => declared(node, node)),
    ],
    others: tools.filter((tool) => !isFunction(tool)),
  };
}

const isFunction = (tool: JsonNode): boolean => (stringOf(get(tool, 'type')) ?? 'function') === 'function' && get(tool, 'function') !== undefined;

const declared = (node: JsonNode, tool: JsonNode): Declared => ({
  name: stringOf(get(node, 'name')) ?? '',
  description: get(node, 'description'),
  parameters: get(node, 'parameters'),
  strict: get(node, 'strict'),
  cacheControl: get(tool, 'cache_control'),
  node: tool,
});

/** Which tool the model is to use. */
export type Choice =
  | { readonly kind: 'auto' | 'none' | 'required'; readonly node: JsonNode }
  | { readonly kind: 'function'; readonly name: string; readonly node: JsonNode }
  /** Anything else: a set of allowed tools, a custom or built-in one. */
  | { readonly kind: 'other'; readonly node: JsonNode };

export function choiceOf(root: JsonNode): Choice | undefined {
  const node = get(root, 'tool_choice') ?? get(root, 'function_call');
  if (!node) return undefined;
  const word = stringOf(node);
  if (word === 'auto' || word === 'none' || word === 'required') return { kind: word, node };
  if (word === 'any') return { kind: 'required', node }; // Mistral's word
  const name = stringOf(get(get(node, 'function'), 'name')) ?? (get(node, 'type') ? undefined : stringOf(get(node, 'name')));
  return name === undefined ? { kind: 'other', node } : { kind: 'function', name, node };
}

/** Does the request force a tool? */
export function forcesTool(root: JsonNode): boolean {
  const choice = choiceOf(root);
  return choice?.kind === 'required' || choice?.kind === 'function';
}

/** Names what says something about tools in a request that has none. */
export function warnOfChoice(root: JsonNode, notes: Notes): void {
  const choice = choiceOf(root);
  for (const node of [choice?.kind === 'none' ? undefined : choice?.node, get(root, 'parallel_tool_calls')]) {
    if (node) notes.warn(node, 'left out: there are no tools');
  }
}

/** Functions alone: a tool of any other type is refused. */
export function functionsOf(root: JsonNode, target: string, notes: Notes): readonly Declared[] {
  const { functions, others } = toolsOf(root);
  for (const other of others) {
    const type = get(other, 'type');
    notes.refuse(type ?? other, `${target} has no tool of type ${type ? textOf(type).slice(0, 64) : 'nothing'}`);
  }
  return functions;
}

/** `response_format` of type `json_schema`. */
export interface Schema {
  readonly schema: JsonNode | undefined;
  readonly name: JsonNode | undefined;
  readonly strict: JsonNode | undefined;
  readonly description: JsonNode | undefined;
}

export type Form =
  | { readonly kind: 'text' | 'json_object' | 'other'; readonly node: JsonNode }
  | { readonly kind: 'json_schema'; readonly node: JsonNode; readonly schema: Schema };

export function formOf(root: JsonNode): Form | undefined {
  const node = get(root, 'response_format');
  if (!node) return undefined;
  const type = stringOf(get(node, 'type'));
  if (type === 'text' || type === 'json_object') return { kind: type, node };
  const inner = get(node, 'json_schema');
  if (type !== 'json_schema' || !inner) return { kind: 'other', node };
  const schema = { schema: get(inner, 'schema'), name: get(inner, 'name'), strict: get(inner, 'strict'), description: get(inner, 'description') };
  return { kind: 'json_schema', node, schema };
}

/** Does the request ask for the counts of a stream? */
export const asksUsage = (root: JsonNode | undefined): boolean => isTrue(get(get(root, 'stream_options'), 'include_usage'));
