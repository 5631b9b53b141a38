/** The chunks of a Chat stream put together to the completion that would have come in one piece. */
import { get, numberOf, stringOf, readJson, type JsonNode } from '../../leaf/json-node.ts';
import { raw, write, type Json, type JsonFields } from '../../leaf/json-write.ts';

interface Choice {
  readonly texts: ReadonlyMap<string, string>;
  /** Members of a message that come once, complete. */
  readonly once: ReadonlyMap<string, Json>;
  readonly calls: ReadonlyMap<number, Call>;
  readonly logprobs: readonly JsonNode[];
  readonly finish: JsonNode | undefined;
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly custom: boolean;
  readonly extraContent: JsonNode | undefined;
}

interface Gathered {
  readonly head: ReadonlyMap<string, Json>;
  readonly choices: ReadonlyMap<number, Choice>;
}

const NO_CHOICE: Choice = { texts: new Map(), once: new Map(), calls: new Map(), logprobs: [], finish: undefined };
const NO_CALL: Call = { id: '', name: '', arguments: '', custom: false, extraContent: undefined };
const TEXTS = ['content', 'refusal', 'reasoning', 'reasoning_content'];

/** JSON text of the completion, from the JSON texts of chunks. */
export function wholeCompletion(chunks: readonly string[]): string {
  const { head, choices } = chunks.reduce(gather, { head: new Map(), choices: new Map() });
  const listed = [...choices].sort(([a], [b]) => a - b).map(([index, choice]) => written(index, choice));
  const { id, created, model, usage, ...rest } = Object.fromEntries(head);
  return write({ id, object: 'chat.completion', created, model, choices: listed, usage, ...rest });
}

function gather(so: Gathered, data: string): Gathered {
  const chunk = readJson(data);
  const head = new Map(so.head);
  for (const [key, node] of chunk?.members ?? []) if (key !== 'choices' && key !== 'object' && node.kind !== 'null') head.set(key, raw(node));
  const choices = new Map(so.choices);
  for (const node of get(chunk, 'choices')?.items ?? []) {
    const index = numberOf(get(node, 'index')) ?? 0;
    choices.set(index, grown(choices.get(index) ?? NO_CHOICE, node));
  }
  return { head, choices };
}

function grown(choice: Choice, node: JsonNode): Choice {
  const texts = new Map(choice.texts);
  const once = new Map(choice.once);
  const calls = new Map(choice.calls);
  for (const [key, member] of get(node, 'delta')?.members ?? []) {
    if (TEXTS.includes(key)) texts.set(key, (texts.get(key) ?? '') + (stringOf(member) ?? ''));
    else if (key === 'tool_calls') for (const [at, call] of member.items.entries()) addCall(calls, call, at);
    else if (key !== 'role' && member.kind !== 'null') once.set(key, raw(member));
  }
  const logprobs = [...choice.logprobs, ...(get(get(node, 'logprobs'), 'content')?.items ?? [])];
  return { texts, once, calls, logprobs, finish: get(node, 'finish_reason') ?? choice.finish };
}

function addCall(calls: Map<number, Call>, node: JsonNode, at: number): void {
  const index = numberOf(get(node, 'index')) ?? at;
  const before = calls.get(index) ?? NO_CALL;
  const called = get(node, 'function') ?? get(node, 'custom');
  calls.set(index, {
    id: before.id || (stringOf(get(node, 'id')) ?? ''),
    name: before.name || (stringOf(get(called, 'name')) ?? ''),
    arguments: before.arguments + (stringOf(get(called, 'arguments')) ?? stringOf(get(called, 'input')) ?? ''),
    custom: before.custom || get(node, 'custom') !== undefined,
    extraContent: get(node, 'extra_content') ?? before.extraContent,
  });
}

function written(index: number, { texts, once, calls, logprobs, finish }: Choice): JsonFields {
  const { content = '', refusal = '', ...others } = Object.fromEntries(texts);
  const message: JsonFields = {
    role: 'assistant',
    content: content === '' && (calls.size > 0 || refusal !== '') ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...others,
    ...Object.fromEntries(once),
    tool_calls: calls.size > 0 ? [...calls].sort(([a], [b]) => a - b).map(([, call]) => callOf(call)) : undefined,
  };
  const tokens = logprobs.length > 0 ? { content: logprobs.map(raw), refusal: null } : null;
  return { index, message, logprobs: tokens, finish_reason: finish ? raw(finish) : null };
}

const callOf = ({ id, name, arguments: text, custom, extraContent }: Call): JsonFields =>
  custom
    ? { id, type: 'custom', custom: { name, input: text } }
    : { id, type: 'function', function: { name, arguments: text }, extra_content: extraContent && raw(extraContent) };
