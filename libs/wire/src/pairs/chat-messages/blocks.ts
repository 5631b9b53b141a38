/**
 * The content blocks of a Messages answer as pieces of a Chat answer. A block begins, is given more, and ends; one of a whole answer
 * begins with everything it has.
 */
import { addAll, keep, type Answer, type Piece } from '../../formats/chat/answer.ts';
import type { MessagesUsage } from '../../formats/messages/usage.ts';
import { get, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, write, type Json } from '../../leaf/json-write.ts';
import type { Remembered, Warning } from '../pair.ts';

export interface State {
  readonly answer: Answer;
  readonly usage: MessagesUsage;
  readonly open: ReadonlyMap<number, OpenBlock>;
  /** Thoughts that no call has followed yet, as the provider wants them back. */
  readonly thoughts: readonly Json[];
  readonly remembered: readonly Remembered[];
  readonly warnings: readonly Warning[];
  readonly stopReason: string | undefined;
  readonly includeUsage: boolean;
  readonly phase: 'waiting' | 'open' | 'ended' | 'failed';
}

interface OpenBlock {
  readonly block: JsonNode;
  readonly type: string;
  /** Of a thinking block. */
  readonly thinking: string;
  readonly signature: string;
  /** Input of a tool, in pieces. */
  readonly json: string;
  readonly citations: readonly JsonNode[];
  /** Where its text begins in the answer's. */
  readonly since: number;
  /** Which call it is. */
  readonly call: number;
}

export type Step = readonly [State, readonly Piece[]];

const BLOCK_FORMAT = 'anthropic-claude-v1';
const textAt = (node: JsonNode, key: string): string => stringOf(get(node, key)) ?? '';
const said = (kind: 'text' | 'reasoning', text: string): readonly Piece[] => (text === '' ? [] : [{ kind, text }]);

/** The state with pieces added, and the pieces. */
export const step = (state: State, pieces: readonly Piece[]): Step =>
  [{ ...state, answer: addAll(state.answer, pieces) }, pieces];

export function begin(state: State, index: number, block: JsonNode): Step {
  const choice = state.answer.choices[0];
  const opened: OpenBlock = {
    block, type: textAt(block, 'type'), thinking: textAt(block, 'thinking'), signature: textAt(block, 'signature'), json: '',
    citations: get(block, 'citations')?.items ?? [], since: choice?.text.length ?? 0, call: choice?.calls.length ?? 0,
  };
  const next = { ...state, open: new Map(state.open).set(index, opened) };
  switch (opened.type) {
    case 'text': return step(next, said('text', textAt(block, 'text')));
    case 'thinking': return step(next, said('reasoning', opened.thinking));
    case 'tool_use': return step(remember(next, textAt(block, 'id')), [{ kind: 'call', id: textAt(block, 'id'), name: textAt(block, 'name') }]);
    default: return [next, []];
  }
}

export function more(state: State, index: number, delta: JsonNode): Step {
  const block = state.open.get(index);
  if (!block) return [state, []];
  const change = (changed: Partial<OpenBlock>): State => ({ ...state, open: new Map(state.open).set(index, { ...block, ...changed }) });
  switch (textAt(delta, 'type')) {
    case 'text_delta': return step(state, said('text', textAt(delta, 'text')));
    case 'thinking_delta': {
      const text = textAt(delta, 'thinking');
      return step(change({ thinking: block.thinking + text }), said('reasoning', text));
    }
    case 'signature_delta': return [change({ signature: block.signature + textAt(delta, 'signature') }), []];
    case 'citations_delta': {
      const citation = get(delta, 'citation');
      return [citation ? change({ citations: [...block.citations, citation] }) : state, []];
    }
    case 'input_json_delta': {
      const text = textAt(delta, 'partial_json');
      const pieces: readonly Piece[] = block.type === 'tool_use' && text !== '' ? [{ kind: 'arguments', call: block.call, text }] : [];
      return step(change({ json: block.json + text }), pieces);
    }
    default: return [state, []];
  }
}

export function end(state: State, index: number): Step {
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
      const thought = { type: 'redacted_thinking', data };
      const detail = { type: 'reasoning.encrypted', data, format: BLOCK_FORMAT, index };
      return step({ ...next, thoughts: [...next.thoughts, thought] }, [{ kind: 'detail', detail }]);
    }
    case 'tool_use': return step(next, block.json === '' ? [{ kind: 'arguments', call: block.call, text: inputOf(block.block) }] : []);
    default: return [keepRaw(next, index, block), []];
  }
}

function endThought(state: State, index: number, { thinking, signature }: OpenBlock): Step {
  const signed = signature === '' ? undefined : signature;
  const detail = { type: 'reasoning.text', text: thinking, signature: signed, format: BLOCK_FORMAT, index };
  const thought = { type: 'thinking', thinking, signature };
  return step(signed === undefined ? state : { ...state, thoughts: [...state.thoughts, thought] }, [{ kind: 'detail', detail }]);
}

/** The thoughts before a call are kept with it. */
const remember = (state: State, callId: string): State =>
  state.thoughts.length === 0
    ? state
    : { ...state, thoughts: [], remembered: [...state.remembered, { callId, family: 'anthropic', format: 'messages', blocks: write(state.thoughts) }] };

const inputOf = (block: JsonNode): string => {
  const input = get(block, 'input');
  return input ? textOf(input) : '{}';
};

/** Citations of pages become annotations over the text of their block. */
function cited(state: State, { citations, since }: OpenBlock): readonly Piece[] {
  const end = state.answer.choices[0]?.text.length ?? 0;
  return citations.flatMap((citation): readonly Piece[] => {
    const url = stringOf(get(citation, 'url'));
    const about = { start_index: since, end_index: end, url: url ?? '', title: textAt(citation, 'title') };
    return url === undefined ? [] : [{ kind: 'annotation', annotation: { type: 'url_citation', url_citation: about } }];
  });
}

/** Citations of documents have no URL, which is all that Chat can cite. */
function endText(state: State, index: number, block: OpenBlock): Step {
  const citations = block.citations.filter((citation) => !get(citation, 'url'));
  const warning = { path: `content[${index}].citations`, reason: 'Chat Completions cites pages alone: kept in sluice.provider_extra' };
  const next = citations.length > 0 ? kept(state, keep(state.answer, 'citations', citations.map(raw)), warning) : state;
  return step(next, cited(state, block));
}

/** What only Messages has, such as the search a server made: its input, where that was streamed, put back in its place. */
function keepRaw(state: State, index: number, { block, type, json }: OpenBlock): State {
  const input = json === '' ? undefined : rawText(json)?.raw;
  const members = [...block.members].map(([key, member]): [string, Json] => [key, key === 'input' && input ? input : raw(member)]);
  const warning = { path: `content[${index}]`, reason: `${type || 'a block'} has no place in Chat Completions: kept in sluice.provider_extra` };
  return kept(state, keep(state.answer, 'content', [Object.fromEntries(members)]), warning);
}

const kept = (state: State, answer: Answer, warning: Warning): State => ({ ...state, answer, warnings: [...state.warnings, warning] });
