/** What a message of a Chat Completions request says beside its content: thoughts to be replayed, calls, results. */
import { get, numberOf, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { rawText, type Json } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';

/** One of `reasoning_details`, or a run of pieces of one that a client kept as they were streamed. */
export interface Thought {
  readonly kind: 'text' | 'summary' | 'encrypted';
  /** Whose it is, by the name of its format (`anthropic-claude-v1`); `''` where that says nothing. */
  readonly family: string;
  readonly text: string;
  readonly data: string;
  readonly signature: string;
  readonly id: string | undefined;
  /** Its place among the provider's own blocks. */
  readonly index: number | undefined;
  readonly node: JsonNode;
}

export function thoughtsOf(message: JsonNode): readonly Thought[] {
  const thoughts: Thought[] = [];
  for (const node of get(message, 'reasoning_details')?.items ?? []) {
    const thought = readThought(node);
    const last = thoughts.at(-1);
    if (!thought) continue;
    if (last && continues(last, thought)) thoughts[thoughts.length - 1] = joined(last, thought);
    else thoughts.push(thought);
  }
  return thoughts;
}

const KINDS: ReadonlyMap<unknown, Thought['kind']> = new Map([
  ['reasoning.text', 'text'], ['reasoning.summary', 'summary'], ['reasoning.encrypted', 'encrypted'],
]);

function readThought(node: JsonNode): Thought | undefined {
  const kind = KINDS.get(stringOf(get(node, 'type')));
  return kind && {
    kind, node,
    family: familyOf(stringOf(get(node, 'format')) ?? ''),
    text: stringOf(get(node, 'text')) ?? stringOf(get(node, 'summary')) ?? '',
    data: stringOf(get(node, 'data')) ?? '',
    signature: stringOf(get(node, 'signature')) ?? '',
    id: stringOf(get(node, 'id')),
    index: numberOf(get(node, 'index')),
  };
}

const familyOf = (format: string): string => (format === 'unknown' ? '' : (format.split('-')[0] ?? ''));

/** Helpers collect the pieces of a stream in a list: those of one thought have one index, and only the last is signed. */
const continues = (before: Thought, next: Thought): boolean =>
  before.kind === next.kind && next.kind !== 'encrypted' && next.index !== undefined && before.index === next.index && before.signature === '';

const joined = (before: Thought, next: Thought): Thought =>
  ({ ...next, text: before.text + next.text, id: before.id ?? next.id, family: before.family || next.family });

/** A call of a tool by the assistant. `id` is `''` where the client gives none. */
export interface Call {
  readonly id: string;
  readonly kind: 'function' | 'custom' | 'unknown';
  readonly name: string;
  /** JSON text, or what a model wrote in its place; of a custom tool its input. */
  readonly arguments: string;
  /** Gemini's, as its OpenAI-compatible surface carries it. */
  readonly signature: string | undefined;
  readonly node: JsonNode;
}

export function callsOf(message: JsonNode): readonly Call[] {
  const calls = (get(message, 'tool_calls')?.items ?? []).map(readCall);
  const legacy = get(message, 'function_call');
  return legacy ? [...calls, { id: '', kind: 'function', ...called(legacy), signature: undefined, node: legacy }] : calls;
}

function readCall(node: JsonNode): Call {
  const id = stringOf(get(node, 'id')) ?? '';
  const signature = signatureOf(node);
  const declared = get(node, 'function');
  if (declared) {
    const { name, arguments: text } = called(declared);
    return { id, kind: 'function', name, arguments: text, signature, node };
  }
  const custom = get(node, 'custom');
  if (!custom) return { id, kind: 'unknown', name: '', arguments: '', signature, node };
  return { id, kind: 'custom', name: stringOf(get(custom, 'name')) ?? '', arguments: stringOf(get(custom, 'input')) ?? '', signature, node };
}

function called(declared: JsonNode): Pick<Call, 'name' | 'arguments'> {
  const args = get(declared, 'arguments');
  // Some clients of local models send the object itself.
  const text = stringOf(args) ?? (args ? args.source.slice(args.start, args.end) : '');
  return { name: stringOf(get(declared, 'name')) ?? '', arguments: text };
}

/** `extra_content.google.thought_signature` of a message or a call. */
export const signatureOf = (node: JsonNode): string | undefined =>
  stringOf(get(get(get(node, 'extra_content'), 'google'), 'thought_signature'));

/** Readable reasoning without anything that proves it. */
export const plainReasoning = (message: JsonNode): JsonNode | undefined => get(message, 'reasoning') ?? get(message, 'reasoning_content');

/** The arguments of a call for a target that takes an object: what a model wrote that is none is given back as text. */
export function argumentsObject({ arguments: text, node }: Call, notes: Notes): Json {
  const input = rawText(text.trim() === '' ? '{}' : text);
  if (input?.node.kind === 'object') return input.raw;
  notes.warn(node, 'its arguments are no JSON object: given back as text under "arguments"');
  return { arguments: text };
}
