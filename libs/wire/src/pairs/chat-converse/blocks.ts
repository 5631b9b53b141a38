/**
 * The content blocks of a Converse answer as pieces of a Chat answer. A block is given pieces and ends; one of a whole answer is
 * given all of itself at once.
 */
import {
  argumentsOf, callsSoFar, keepAside, NO_PLACE, PAGES_ALONE, pieceOf, rememberThoughts, say, textAt, thinking, type Making, type Step,
} from '../../formats/chat/making.ts';
import { EMPTY_CHAIN, itemsOf, linked, type Chain } from '../../leaf/chain.ts';
import { get, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, type JsonFields } from '../../leaf/json-write.ts';
import type { Family } from '../../leaf/rules.ts';

export interface State extends Making {
  readonly open: ReadonlyMap<number, OpenBlock>;
  readonly stopReason: string | undefined;
}

interface OpenBlock {
  readonly thinking: string;
  readonly signature: string;
  readonly redacted: string;
  readonly isThought: boolean;
  readonly citations: Chain<JsonNode>;
  /** Which call it is; undefined: none. */
  readonly call: number | undefined;
  /** Has it been given any arguments? */
  readonly hasArguments: boolean;
  /** What only Converse has, such as what a tool of the provider's own was asked and answered. */
  readonly foreign: Foreign | undefined;
}

interface Foreign {
  readonly kind: string;
  readonly start: JsonNode;
  readonly parts: Chain<JsonNode>;
}

const NEW: OpenBlock = {
  thinking: '', signature: '', redacted: '', isThought: false, citations: EMPTY_CHAIN, call: undefined, hasArguments: false, foreign: undefined,
};

const change = (state: State, index: number, changed: Partial<OpenBlock>): State =>
  ({ ...state, open: new Map(state.open).set(index, { ...(state.open.get(index) ?? NEW), ...changed }) });

/** The start of a call, or of what only Converse has; anything else begins with its first delta. */
export function begin(state: State, index: number, start: JsonNode): Step<State> {
  const call = get(start, 'toolUse');
  if (!call || isServers(call)) {
    const [[kind, body] = []] = start.members;
    return [kind === undefined || !body ? state : change(state, index, { foreign: { kind, start: body, parts: EMPTY_CHAIN } }), []];
  }
  const id = textAt(call, 'toolUseId');
  const next = change(rememberThoughts(state, id, 'converse'), index, { call: callsSoFar(state) });
  return say(next, [{ kind: 'call', id, name: textAt(call, 'name') }]);
}

/** The provider runs it: the client must not be told to. */
const isServers = (call: JsonNode): boolean => textAt(call, 'type') === 'server_tool_use';

export function more(state: State, index: number, delta: JsonNode): Step<State> {
  const block = state.open.get(index) ?? NEW;
  if (block.foreign) return [change(state, index, { foreign: { ...block.foreign, parts: linked(block.foreign.parts, delta) } }), []];
  const thought = get(delta, 'reasoningContent');
  if (thought) return moreThought(state, index, thought);
  const citation = get(delta, 'citation');
  if (citation) return [change(state, index, { citations: linked(block.citations, citation) }), []];
  const text = textAt(get(delta, 'toolUse'), 'input');
  if (text !== '' && block.call !== undefined) return moreArguments(state, index, { call: block.call, text });
  return say(state, pieceOf('text', textAt(delta, 'text')));
}

const moreArguments = (state: State, index: number, { call, text }: { readonly call: number; readonly text: string }): Step<State> =>
  say(change(state, index, { hasArguments: true }), [{ kind: 'arguments', call, text }]);

function moreThought(state: State, index: number, thought: JsonNode): Step<State> {
  const block = state.open.get(index) ?? NEW;
  const text = textAt(thought, 'text');
  const next = change(state, index, {
    isThought: true, thinking: block.thinking + text, signature: block.signature + textAt(thought, 'signature'),
    redacted: block.redacted + textAt(thought, 'redactedContent'),
  });
  return say(next, pieceOf('reasoning', text));
}

export function end(state: State, index: number): Step<State> {
  const block = state.open.get(index);
  if (!block) return [state, []];
  const open = new Map(state.open);
  open.delete(index);
  const next = { ...state, open };
  if (block.foreign) return [keepAside(next, { name: 'content', items: [foreignOf(block.foreign)], path: pathOf(index), reason: NO_PLACE }), []];
  if (block.call !== undefined) return say(next, block.hasArguments ? [] : [{ kind: 'arguments', call: block.call, text: '{}' }]);
  if (block.citations.length > 0) return [keepCitations(next, index, itemsOf(block.citations)), []];
  return block.isThought ? endThought(next, index, block) : [next, []];
}

const pathOf = (index: number): string => `output.message.content[${index}]`;

/** As it would have come in one piece. */
function foreignOf({ kind, start, parts }: Foreign): JsonFields {
  const own = Object.fromEntries([...start.members].map(([key, member]) => [key, raw(member)]));
  const given = itemsOf(parts);
  if (kind === 'toolUse') return { [kind]: { ...own, input: rawText(given.map((part) => textAt(get(part, kind), 'input')).join(''))?.raw ?? {} } };
  return { [kind]: { ...own, content: given.flatMap((part) => (get(part, kind)?.items ?? []).map(raw)) } };
}

function endThought(state: State, index: number, { thinking: text, signature, redacted }: OpenBlock): Step<State> {
  const own = { format: formatOf(state.family), index };
  const isRedacted = redacted !== '';
  const detail: JsonFields = isRedacted
    ? { type: 'reasoning.encrypted', data: redacted, ...own }
    : { type: 'reasoning.text', text, signature: signature === '' ? undefined : signature, ...own };
  const thought: JsonFields = isRedacted ? { redactedContent: redacted } : { reasoningText: { text, signature } };
  const mayReturn = isRedacted || signature !== '';
  return say(mayReturn ? thinking(state, { reasoningContent: thought }) : state, [{ kind: 'detail', detail }]);
}

/** Claude signs alike wherever it runs. */
const formatOf = (family: Family): string => (family === 'anthropic' ? 'anthropic-claude-v1' : `${family}-converse-v1`);

/** A block of a whole answer: all of it at once. */
export function whole(state: State, index: number, block: JsonNode): State {
  const call = get(block, 'toolUse');
  if (call && !isServers(call)) {
    const [begun] = begin(state, index, block);
    const [given] = moreArguments(begun, index, { call: callsSoFar(state), text: argumentsOf(get(call, 'input')) });
    return end(given, index)[0];
  }
  const cited = get(block, 'citationsContent');
  if (cited) {
    const texts = (get(cited, 'content')?.items ?? []).map((one) => textAt(one, 'text')).join('');
    return keepCitations(say(state, pieceOf('text', texts))[0], index, get(cited, 'citations')?.items ?? []);
  }
  const thought = get(block, 'reasoningContent');
  // In a whole answer its text stands one level deeper than in a delta.
  if (thought) return end(moreThought(state, index, get(thought, 'reasoningText') ?? thought)[0], index)[0];
  if (get(block, 'text')) return say(state, pieceOf('text', textAt(block, 'text')))[0];
  return keepAside(state, { name: 'content', items: [raw(block)], path: pathOf(index), reason: NO_PLACE });
}

const keepCitations = (state: State, index: number, citations: readonly JsonNode[]): State =>
  keepAside(state, { name: 'citations', items: citations.map(raw), path: `${pathOf(index)}.citationsContent.citations`, reason: PAGES_ALONE });
