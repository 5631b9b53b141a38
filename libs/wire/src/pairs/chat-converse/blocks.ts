/**
 * The content blocks of a Converse answer as pieces of a Chat answer. A block is given pieces and ends; one of a whole answer is
 * given all of itself at once.
 */
import { addAll, keep, type Answer, type Piece } from '../../formats/chat/answer.ts';
import { get, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, write, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';
import type { Family, Remembered, Warning } from '../pair.ts';

export interface State {
  readonly answer: Answer;
  readonly family: Family;
  readonly counts: TokenCounts | undefined;
  readonly open: ReadonlyMap<number, OpenBlock>;
  /** Thoughts that no call has followed yet, as the provider wants them back. */
  readonly thoughts: readonly Json[];
  readonly remembered: readonly Remembered[];
  readonly warnings: readonly Warning[];
  readonly stopReason: string | undefined;
  readonly includeUsage: boolean;
  readonly phase: 'waiting' | 'open' | 'stopped' | 'failed';
}

interface OpenBlock {
  readonly thinking: string;
  readonly signature: string;
  readonly redacted: string;
  readonly isThought: boolean;
  readonly citations: readonly JsonNode[];
  /** Which call it is; undefined: none. */
  readonly call: number | undefined;
  /** Has it been given any arguments? */
  readonly hasArguments: boolean;
  /** What only Converse has, such as what a tool of the provider's own was asked and answered. */
  readonly foreign: { readonly kind: string; readonly start: JsonNode; readonly parts: readonly JsonNode[] } | undefined;
}

export type Step = readonly [State, readonly Piece[]];

const NEW: OpenBlock = { thinking: '', signature: '', redacted: '', isThought: false, citations: [], call: undefined, hasArguments: false, foreign: undefined };
const textAt = (node: JsonNode | undefined, key: string): string => stringOf(get(node, key)) ?? '';
const said = (kind: 'text' | 'reasoning', text: string): readonly Piece[] => (text === '' ? [] : [{ kind, text }]);
const step = (state: State, pieces: readonly Piece[]): Step => [{ ...state, answer: addAll(state.answer, pieces) }, pieces];
const change = (state: State, index: number, changed: Partial<OpenBlock>): State =>
  ({ ...state, open: new Map(state.open).set(index, { ...(state.open.get(index) ?? NEW), ...changed }) });

/** The start of a call, or of what only Converse has; anything else begins with its first delta. */
export function begin(state: State, index: number, start: JsonNode): Step {
  const call = get(start, 'toolUse');
  if (!call || isServers(call)) {
    const [[kind, body] = []] = start.members;
    return [kind === undefined || !body ? state : change(state, index, { foreign: { kind, start: body, parts: [] } }), []];
  }
  const id = textAt(call, 'toolUseId');
  const next = change(remember(state, id), index, { call: state.answer.choices[0]?.calls.length ?? 0 });
  return step(next, [{ kind: 'call', id, name: textAt(call, 'name') }]);
}

/** The provider runs it: the client must not be told to. */
const isServers = (call: JsonNode): boolean => textAt(call, 'type') === 'server_tool_use';

export function more(state: State, index: number, delta: JsonNode): Step {
  const block = state.open.get(index) ?? NEW;
  if (block.foreign) return [change(state, index, { foreign: { ...block.foreign, parts: [...block.foreign.parts, delta] } }), []];
  const thought = get(delta, 'reasoningContent');
  if (thought) return moreThought(state, index, thought);
  const citation = get(delta, 'citation');
  if (citation) return [change(state, index, { citations: [...block.citations, citation] }), []];
  const text = textAt(get(delta, 'toolUse'), 'input');
  if (text !== '' && block.call !== undefined) return step(change(state, index, { hasArguments: true }), [{ kind: 'arguments', call: block.call, text }]);
  return step(state, said('text', textAt(delta, 'text')));
}

function moreThought(state: State, index: number, thought: JsonNode): Step {
  const block = state.open.get(index) ?? NEW;
  const text = textAt(thought, 'text');
  const next = change(state, index, {
    isThought: true, thinking: block.thinking + text, signature: block.signature + textAt(thought, 'signature'),
    redacted: block.redacted + textAt(thought, 'redactedContent'),
  });
  return step(next, said('reasoning', text));
}

export function end(state: State, index: number): Step {
  const block = state.open.get(index);
  if (!block) return [state, []];
  const open = new Map(state.open);
  open.delete(index);
  const next = { ...state, open };
  if (block.foreign) return [keepRaw(next, index, foreignOf(block.foreign)), []];
  if (block.call !== undefined) return step(next, block.hasArguments ? [] : [{ kind: 'arguments', call: block.call, text: '{}' }]);
  if (block.citations.length > 0) return [keepCitations(next, index, block.citations), []];
  return block.isThought ? endThought(next, index, block) : [next, []];
}

/** As it would have come in one piece. */
function foreignOf({ kind, start, parts }: NonNullable<OpenBlock['foreign']>): JsonFields {
  const own = Object.fromEntries([...start.members].map(([key, member]) => [key, raw(member)]));
  if (kind === 'toolUse') return { [kind]: { ...own, input: rawText(parts.map((part) => textAt(get(part, kind), 'input')).join(''))?.raw ?? {} } };
  return { [kind]: { ...own, content: parts.flatMap((part) => (get(part, kind)?.items ?? []).map(raw)) } };
}

function endThought(state: State, index: number, { thinking, signature, redacted }: OpenBlock): Step {
  const own = { format: formatOf(state.family), index };
  const isRedacted = redacted !== '';
  const detail: JsonFields = isRedacted
    ? { type: 'reasoning.encrypted', data: redacted, ...own }
    : { type: 'reasoning.text', text: thinking, signature: signature === '' ? undefined : signature, ...own };
  const thought: JsonFields = isRedacted ? { redactedContent: redacted } : { reasoningText: { text: thinking, signature } };
  const mayReturn = isRedacted || signature !== '';
  return step(mayReturn ? { ...state, thoughts: [...state.thoughts, { reasoningContent: thought }] } : state, [{ kind: 'detail', detail }]);
}

/** Claude signs alike wherever it runs. */
const formatOf = (family: Family): string => (family === 'anthropic' ? 'anthropic-claude-v1' : `${family}-converse-v1`);

/** A block of a whole answer: all of it at once. */
export function whole(state: State, index: number, block: JsonNode): State {
  const call = get(block, 'toolUse');
  if (call && !isServers(call)) {
    const [begun] = begin(state, index, block);
    const input = get(call, 'input');
    const text = input ? textOf(input) : '{}';
    const at = begun.open.get(index)?.call ?? 0;
    const [given] = step(change(begun, index, { hasArguments: true }), [{ kind: 'arguments', call: at, text }]);
    return end(given, index)[0];
  }
  const cited = get(block, 'citationsContent');
  if (cited) {
    const texts = (get(cited, 'content')?.items ?? []).map((one) => textAt(one, 'text')).join('');
    return keepCitations(step(state, said('text', texts))[0], index, get(cited, 'citations')?.items ?? []);
  }
  const thought = get(block, 'reasoningContent');
  if (thought) return end(moreThought(state, index, wholeThought(thought))[0], index)[0];
  return get(block, 'text') ? step(state, said('text', textAt(block, 'text')))[0] : keepRaw(state, index, raw(block));
}

/** In a whole answer the text stands one level deeper than in a delta. */
const wholeThought = (thought: JsonNode): JsonNode => get(thought, 'reasoningText') ?? thought;

/** The thoughts before a call are kept with it. */
const remember = (state: State, callId: string): State =>
  state.thoughts.length === 0
    ? state
    : { ...state, thoughts: [], remembered: [...state.remembered, { callId, family: state.family, format: 'converse', blocks: write(state.thoughts) }] };

const keepCitations = (state: State, index: number, citations: readonly JsonNode[]): State =>
  citations.length === 0 ? state : kept(state, keep(state.answer, 'citations', citations.map(raw)), {
    path: `output.message.content[${index}].citationsContent.citations`, reason: 'Chat Completions cites pages alone: kept in sluice.provider_extra',
  });

const keepRaw = (state: State, index: number, block: Json): State => kept(state, keep(state.answer, 'content', [block]), {
  path: `output.message.content[${index}]`, reason: 'has no place in Chat Completions: kept in sluice.provider_extra',
});

const kept = (state: State, answer: Answer, warning: Warning): State => ({ ...state, answer, warnings: [...state.warnings, warning] });
