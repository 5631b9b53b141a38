/**
 * The content blocks of a Messages answer as pieces of a Chat answer. A block begins, is given more, and ends; one of a whole answer
 * begins with everything it has.
 */
import type { Piece } from '../../formats/chat/answer.ts';
import {
  argumentsOf, callsSoFar, keepAside, NO_PLACE, PAGES_ALONE, pieceOf, rememberThoughts, say, textAt, thinking, type Making, type Step,
} from '../../formats/chat/making.ts';
import type { MessagesUsage } from '../../formats/messages/usage.ts';
import { itemsOf, EMPTY_CHAIN, linked, linkedAll, type Chain } from '../../leaf/chain.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, type Json } from '../../leaf/json-write.ts';

export interface State extends Making {
  readonly usage: MessagesUsage;
  readonly open: ReadonlyMap<number, OpenBlock>;
  readonly stopReason: string | undefined;
}

interface OpenBlock {
  readonly block: JsonNode;
  readonly type: string;
  /** Of a thinking block. */
  readonly thinking: string;
  readonly signature: string;
  /** Input of a tool, in pieces. */
  readonly json: string;
  readonly citations: Chain<JsonNode>;
  /** Where its text begins in the answer's. */
  readonly since: number;
  /** Which call it is. */
  readonly call: number;
}

const BLOCK_FORMAT = 'anthropic-claude-v1';

export function begin(state: State, index: number, block: JsonNode): Step<State> {
  const opened: OpenBlock = {
    block, type: textAt(block, 'type'), thinking: textAt(block, 'thinking'), signature: textAt(block, 'signature'), json: '',
    citations: linkedAll(EMPTY_CHAIN, get(block, 'citations')?.items ?? []), since: textSoFar(state), call: callsSoFar(state),
  };
  const next = { ...state, open: new Map(state.open).set(index, opened) };
  switch (opened.type) {
    case 'text': return say(next, pieceOf('text', textAt(block, 'text')));
    case 'thinking': return say(next, pieceOf('reasoning', opened.thinking));
    case 'tool_use': {
      const id = textAt(block, 'id');
      return say(rememberThoughts(next, id, 'messages'), [{ kind: 'call', id, name: textAt(block, 'name') }]);
    }
    default: return [next, []];
  }
}

const textSoFar = ({ answer }: State): number => answer.choices[0]?.text.length ?? 0;

export function more(state: State, index: number, delta: JsonNode): Step<State> {
  const block = state.open.get(index);
  if (!block) return [state, []];
  const change = (changed: Partial<OpenBlock>): State => ({ ...state, open: new Map(state.open).set(index, { ...block, ...changed }) });
  switch (textAt(delta, 'type')) {
    case 'text_delta': return say(state, pieceOf('text', textAt(delta, 'text')));
    case 'thinking_delta': {
      const text = textAt(delta, 'thinking');
      return say(change({ thinking: block.thinking + text }), pieceOf('reasoning', text));
    }
    case 'signature_delta': return [change({ signature: block.signature + textAt(delta, 'signature') }), []];
    case 'citations_delta': {
      const citation = get(delta, 'citation');
      return [citation ? change({ citations: linked(block.citations, citation) }) : state, []];
    }
    case 'input_json_delta': {
      const text = textAt(delta, 'partial_json');
      const isCalls = block.type === 'tool_use' && text !== '';
      return say(change({ json: block.json + text }), isCalls ? [{ kind: 'arguments', call: block.call, text }] : []);
    }
    default: return [state, []];
  }
}

export function end(state: State, index: number): Step<State> {
  const block = state.open.get(index);
  if (!block) return [state, []];
  const open = new Map(state.open);
  open.delete(index);
  const next = { ...state, open };
  switch (block.type) {
    case 'text': return endText(next, index, block);
    case 'thinking': return endThought(next, index, block);
    case 'redacted_thinking': {
      const data = textAt(block.block, 'data');
      return say(thinking(next, { type: block.type, data }), [{ kind: 'detail', detail: { type: 'reasoning.encrypted', data, format: BLOCK_FORMAT, index } }]);
    }
    case 'tool_use': return say(next, block.json === '' ? [{ kind: 'arguments', call: block.call, text: argumentsOf(get(block.block, 'input')) }] : []);
    default: return [keepBlock(next, index, block), []];
  }
}

function endThought(state: State, index: number, { thinking: text, signature }: OpenBlock): Step<State> {
  const signed = signature === '' ? undefined : signature;
  const detail = { type: 'reasoning.text', text, signature: signed, format: BLOCK_FORMAT, index };
  return say(signed === undefined ? state : thinking(state, { type: 'thinking', thinking: text, signature }), [{ kind: 'detail', detail }]);
}

/** Citations of documents have no URL, which is all that Chat can cite. */
function endText(state: State, index: number, { citations, since }: OpenBlock): Step<State> {
  const all = itemsOf(citations);
  const others = all.filter((citation) => !get(citation, 'url'));
  const next = keepAside(state, { name: 'citations', items: others.map(raw), path: `content[${index}].citations`, reason: PAGES_ALONE });
  return say(next, all.flatMap((citation) => annotationOf(citation, { since, end: textSoFar(state) })));
}

/** A citation of a page is an annotation over the text of its block. */
function annotationOf(citation: JsonNode, { since, end: until }: { readonly since: number; readonly end: number }): readonly Piece[] {
  const url = stringOf(get(citation, 'url'));
  if (url === undefined) return [];
  return [{ kind: 'annotation', annotation: { type: 'url_citation', url_citation: { start_index: since, end_index: until, url, title: textAt(citation, 'title') } } }];
}

/** What only Messages has, such as the search a server made: its input, where that was streamed, put back in its place. */
function keepBlock(state: State, index: number, { block, type, json }: OpenBlock): State {
  const input = json === '' ? undefined : rawText(json)?.raw;
  const members = [...block.members].map(([key, member]): [string, Json] => [key, key === 'input' && input ? input : raw(member)]);
  return keepAside(state, { name: 'content', items: [Object.fromEntries(members)], path: `content[${index}]`, reason: `${type || 'a block'} ${NO_PLACE}` });
}
