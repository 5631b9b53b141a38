/**
 * The output items of a Responses answer as pieces of a Chat answer. An item begins, is given more, and ends whole: what was not
 * said in pieces is said then, so that a whole answer is a stream of items that end at once.
 */
import type { Piece } from '../../formats/chat/answer.ts';
import { callsSoFar, keepAside, NO_PLACE, PAGES_ALONE, rememberThoughts, say, textAt, thinking, warned, type Making, type Step } from '../../formats/chat/making.ts';
import type { ResponsesEvent } from '../../formats/responses/events.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';

export interface State extends Making {
  readonly open: ReadonlyMap<number, OpenItem>;
}

interface OpenItem {
  /** Characters said of it in pieces, by what they are. */
  readonly said: Readonly<Record<'text' | 'refusal' | 'reasoning' | 'arguments', number>>;
  readonly logprobs: number;
  /** Where its text begins in the answer's. */
  readonly since: number;
  /** Which call it is. */
  readonly call: number;
}

type Part = Extract<ResponsesEvent, { kind: 'text' | 'refusal' | 'reasoning' | 'arguments' }>;

export function begin(state: State, index: number, item: JsonNode): Step<State> {
  const opened: OpenItem = {
    said: { text: 0, refusal: 0, reasoning: 0, arguments: 0 }, logprobs: 0,
    since: state.answer.choices[0]?.text.length ?? 0, call: callsSoFar(state),
  };
  const next = { ...state, open: new Map(state.open).set(index, opened) };
  const type = textAt(item, 'type');
  if (type !== 'function_call' && type !== 'custom_tool_call') return [next, []];
  const id = textAt(item, 'call_id') || textAt(item, 'id');
  return say(rememberThoughts(next, id, 'responses'), [{ kind: 'call', id, name: textAt(item, 'name'), custom: type === 'custom_tool_call' }]);
}

export function more(state: State, { kind, index, text, logprobs }: Part): Step<State> {
  const item = state.open.get(index);
  if (!item || text === '') return [state, []];
  const said = { ...item.said, [kind]: item.said[kind] + text.length };
  const next = { ...state, open: new Map(state.open).set(index, { ...item, said, logprobs: item.logprobs + logprobs.length }) };
  const piece: Piece = kind === 'arguments' ? { kind, call: item.call, text } : { kind, text };
  return say(next, [piece, ...measured(logprobs)]);
}

export function end(state: State, index: number, item: JsonNode): Step<State> {
  const opened = state.open.get(index);
  if (!opened) {
    const [begun, first] = begin(state, index, item);
    const [ended, rest] = end(begun, index, item);
    return [ended, [...first, ...rest]];
  }
  const open = new Map(state.open);
  open.delete(index);
  const next = { ...state, open };
  switch (textAt(item, 'type')) {
    case 'message': return endMessage(next, opened, { index, item });
    case 'reasoning': return endReasoning(next, opened, { index, item });
    case 'function_call': return say(withoutNamespace(next, index, item), unsaid('arguments', textAt(item, 'arguments'), opened));
    case 'custom_tool_call': return say(next, unsaid('arguments', textAt(item, 'input'), opened));
    default: return [keepItem(next, index, item), []];
  }
}

const withoutNamespace = (state: State, index: number, item: JsonNode): State =>
  get(item, 'namespace') ? warned(state, { path: `output[${index}].namespace`, reason: 'left out: names of Chat have no space' }) : state;

interface Ended {
  readonly index: number;
  readonly item: JsonNode;
}

/** What of a text was not said in pieces. */
function unsaid(kind: keyof OpenItem['said'], whole: string, { said, call }: OpenItem): readonly Piece[] {
  const text = whole.slice(said[kind]);
  if (text === '') return [];
  return [kind === 'arguments' ? { kind, call, text } : { kind, text }];
}

function endMessage(state: State, opened: OpenItem, { index, item }: Ended): Step<State> {
  const parts = get(item, 'content')?.items ?? [];
  const texts = parts.filter((part) => textAt(part, 'type') === 'output_text');
  const logprobs = texts.flatMap((part) => get(part, 'logprobs')?.items ?? []);
  const pieces = [
    ...unsaid('text', texts.map((part) => textAt(part, 'text')).join(''), opened),
    ...unsaid('refusal', parts.map((part) => textAt(part, 'refusal')).join(''), opened),
    ...measured(logprobs.slice(opened.logprobs)),
    ...annotationsOf(texts, opened.since),
  ];
  const foreign = texts.flatMap((part) => get(part, 'annotations')?.items ?? []).filter((one) => textAt(one, 'type') !== 'url_citation');
  return say(keepAside(state, { name: 'annotations', items: foreign.map(raw), path: `output[${index}].content`, reason: PAGES_ALONE }), pieces);
}

/** Indexes count from the beginning of their part, in Chat from that of the whole text. */
function annotationsOf(texts: readonly JsonNode[], since: number): readonly Piece[] {
  let before = since;
  return texts.flatMap((part) => {
    const offset = before;
    before += textAt(part, 'text').length;
    return (get(part, 'annotations')?.items ?? []).filter((one) => textAt(one, 'type') === 'url_citation').map((one): Piece => {
      const at = (key: string): number => offset + Number(get(one, key)?.value ?? 0);
      const about = { start_index: at('start_index'), end_index: at('end_index'), url: textAt(one, 'url'), title: textAt(one, 'title') };
      return { kind: 'annotation', annotation: { type: 'url_citation', url_citation: about } };
    });
  });
}

const measured = (logprobs: readonly JsonNode[]): readonly Piece[] => (logprobs.length > 0 ? [{ kind: 'logprobs', logprobs: logprobs.map(logprobOf) }] : []);

function logprobOf(node: JsonNode): JsonFields {
  const member = (key: string): Json | undefined => {
    const found = get(node, key);
    return found && raw(found);
  };
  return { token: member('token') ?? '', logprob: member('logprob') ?? 0, bytes: member('bytes') ?? null, top_logprobs: member('top_logprobs') ?? [] };
}

function endReasoning(state: State, opened: OpenItem, { index, item }: Ended): Step<State> {
  const summaries = get(item, 'summary')?.items ?? [];
  const contents = get(item, 'content')?.items ?? [];
  const encrypted = get(item, 'encrypted_content');
  const own = { id: stringOf(get(item, 'id')), format: `${state.family}-responses-v1`, index };
  const whole = [...summaries, ...contents].map((part) => textAt(part, 'text')).join('');
  const details: readonly Json[] = [
    ...summaries.map((part) => ({ type: 'reasoning.summary', summary: textAt(part, 'text'), ...own })),
    ...contents.map((part) => ({ type: 'reasoning.text', text: textAt(part, 'text'), ...own })),
    ...(encrypted ? [{ type: 'reasoning.encrypted', data: raw(encrypted), ...own }] : []),
  ];
  const pieces: readonly Piece[] = [...unsaid('reasoning', whole, opened), ...details.map((detail): Piece => ({ kind: 'detail', detail }))];
  return say(encrypted ? thinking(state, thoughtOf(item, encrypted)) : state, pieces);
}

/** A reasoning item as it may be given back. */
function thoughtOf(item: JsonNode, encrypted: JsonNode): JsonFields {
  const id = get(item, 'id');
  const summary = get(item, 'summary');
  return { type: 'reasoning', id: id && raw(id), summary: summary ? raw(summary) : [], encrypted_content: raw(encrypted) };
}

/** What only Responses has, such as the search that the provider made. */
const keepItem = (state: State, index: number, item: JsonNode): State =>
  keepAside(state, { name: 'output', items: [raw(item)], path: `output[${index}]`, reason: `${textAt(item, 'type') || 'an item'} ${NO_PLACE}` });
