/** What a Chat request asks beside its conversation, where several members say it or clients write it in several ways. */
import { get, isTrue, numberOf, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';
import { elsewhere, type Setting } from '../../leaf/settings.ts';

/** How much the model may write: a number, as some clients write it in a string. */
export interface Bound {
  readonly node: JsonNode;
  readonly tokens: number;
  /** As it is said on: a number keeps its lexeme. */
  readonly said: Json;
}

/** Undefined where there is none; -1 says so too. The newer of two names stands. */
export function boundOf(root: JsonNode, notes: Notes): Bound | undefined {
  const newer = get(root, 'max_completion_tokens');
  const older = get(root, 'max_tokens');
  if (newer && older && Number(newer.value) !== Number(older.value)) notes.warn(older, 'left out: max_completion_tokens stands');
  const node = newer ?? older;
  const tokens = Number(node?.value ?? Number.NaN);
  return node && tokens > 0 ? { node, tokens, said: node.kind === 'number' ? raw(node) : tokens } : undefined;
}

/** Stop sequences, one or a list; empty ones are none. */
export const stopsOf = (node: JsonNode): readonly JsonNode[] =>
  (node.kind === 'array' ? node.items : [node]).filter((one) => (stringOf(one) ?? '') !== '');

/** How hard the model is to think, in the client's words. */
export interface Effort {
  readonly node: JsonNode;
  readonly word: string;
}

export interface Wish {
  readonly effort: Effort | undefined;
  /** Tokens that thoughts may take. */
  readonly budget: { readonly node: JsonNode; readonly tokens: number } | undefined;
  /** To think, and no word of how much. */
  readonly enabled: JsonNode | undefined;
  /** Not to be told the thoughts. */
  readonly excluded: JsonNode | undefined;
  readonly summary: JsonNode | undefined;
  /** Anthropic's own word for it. */
  readonly thinking: JsonNode | undefined;
}

export function wishOf(root: JsonNode): Wish {
  const wanted = get(root, 'reasoning');
  const effort = get(root, 'reasoning_effort') ?? get(wanted, 'effort');
  const budget = get(wanted, 'max_tokens');
  const [enabled, excluded] = [get(wanted, 'enabled'), get(wanted, 'exclude')];
  return {
    effort: effort && { node: effort, word: stringOf(effort) ?? '' },
    budget: budget && { node: budget, tokens: numberOf(budget) ?? 0 },
    enabled: isTrue(enabled) ? enabled : undefined,
    excluded: isTrue(excluded) ? excluded : undefined,
    summary: get(wanted, 'summary'),
    thinking: get(root, 'thinking'),
  };
}

/** Where the wish for reasoning stands; undefined where there is none. */
export const whereReasoning = (root: JsonNode): JsonNode | undefined =>
  get(root, 'reasoning_effort') ?? get(get(root, 'reasoning'), 'effort') ?? get(root, 'reasoning') ?? get(root, 'thinking');

/** Members that every pair reads with what they belong to. */
export const READ_ELSEWHERE: Readonly<Record<string, Setting>> = Object.fromEntries([
  'model', 'messages', 'tools', 'functions', 'tool_choice', 'function_call', 'parallel_tool_calls', 'max_tokens', 'max_completion_tokens',
  'reasoning_effort', 'reasoning',
].map((name) => [name, elsewhere]));

/** For targets that answer in text alone. */
export const textAlone = (target: string): Setting => (node, { notes }) => {
  if (node.items.some((one) => stringOf(one) !== 'text')) notes.refuse(node, `${target} answers in text alone`);
  return {};
};

/** Values that ask for nothing. */
export const isZero = (node: JsonNode): boolean => numberOf(node) === 0;
export const isOne = (node: JsonNode): boolean => numberOf(node) === 1;
export const isFalse = (node: JsonNode): boolean => !isTrue(node);
export const isEmpty = (node: JsonNode): boolean => node.members.size === 0 && node.items.length === 0 && !stringOf(node);
