/**
 * An answer in the Chat Completions format as it is being made: pieces are added one by one, and each is also the delta of a stream.
 * A whole answer and a stream are made of the same pieces, so that they cannot say different things.
 */
import { EMPTY_CHAIN, itemAt, itemsOf, linked, linkedAll, replaced, type Chain } from '../../leaf/chain.ts';
import type { Json, JsonFields } from '../../leaf/json-write.ts';
import { write } from '../../leaf/json-write.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';

export interface Answer {
  readonly id: string;
  readonly model: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly tier: string | undefined;
  readonly choices: readonly Choice[];
  readonly counts: TokenCounts | undefined;
  /** What the format cannot say, raw. */
  readonly extra: JsonFields;
  /** More of it, in lists. */
  readonly kept: Readonly<Record<string, Chain<Json>>>;
}

export interface Choice {
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly details: Chain<Json>;
  readonly annotations: Chain<Json>;
  readonly logprobs: Chain<Json>;
  readonly calls: Chain<Called>;
  /** Of the message, not of a call: Gemini's signature. */
  readonly extraContent: Json | undefined;
  readonly finish: Finish | null;
}

export interface Called {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** A tool that takes text instead of JSON. */
  readonly custom: boolean;
  readonly extraContent: Json | undefined;
}

export type Finish = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export type Piece =
  | { readonly kind: 'text' | 'refusal' | 'reasoning'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly custom?: boolean; readonly extraContent?: Json }
  /** More of the arguments of a call, counted from 0. */
  | { readonly kind: 'arguments'; readonly call: number; readonly text: string }
  | { readonly kind: 'logprobs'; readonly logprobs: readonly Json[] }
  /** Said once, complete, with the end: helpers keep only the last of what they do not know. */
  | { readonly kind: 'detail'; readonly detail: Json }
  | { readonly kind: 'annotation'; readonly annotation: Json }
  | { readonly kind: 'extraContent'; readonly value: Json }
  | { readonly kind: 'finish'; readonly finish: Finish };

export const EMPTY_CHOICE: Choice = {
  text: '', refusal: '', reasoning: '', details: EMPTY_CHAIN, annotations: EMPTY_CHAIN, logprobs: EMPTY_CHAIN, calls: EMPTY_CHAIN,
  extraContent: undefined, finish: null,
};

export const emptyAnswer = (head: Pick<Answer, 'id' | 'model' | 'created'>): Answer =>
  ({ ...head, tier: undefined, choices: [EMPTY_CHOICE], counts: undefined, extra: {}, kept: {} });

/** The answer with one more piece in one of its choices, which is made where it is not there yet. */
export function add(answer: Answer, piece: Piece, index = 0): Answer {
  const choices = [...answer.choices];
  while (choices.length <= index) choices.push(EMPTY_CHOICE);
  choices[index] = addTo(choices[index] ?? EMPTY_CHOICE, piece);
  return { ...answer, choices };
}

export const addAll = (answer: Answer, pieces: readonly Piece[], index = 0): Answer => pieces.reduce((so, piece) => add(so, piece, index), answer);

/** More of a list among what the format cannot say. */
export const keep = (answer: Answer, name: string, more: readonly Json[]): Answer =>
  ({ ...answer, kept: { ...answer.kept, [name]: linkedAll(answer.kept[name] ?? EMPTY_CHAIN, more) } });

function addTo(choice: Choice, piece: Piece): Choice {
  switch (piece.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning': return { ...choice, [piece.kind]: choice[piece.kind] + piece.text };
    case 'call': return { ...choice, calls: linked(choice.calls, calledBy(piece)) };
    case 'arguments': {
      const call = itemAt(choice.calls, piece.call);
      return call ? { ...choice, calls: replaced(choice.calls, piece.call, { ...call, arguments: call.arguments + piece.text }) } : choice;
    }
    case 'logprobs': return { ...choice, logprobs: linkedAll(choice.logprobs, piece.logprobs) };
    case 'detail': return { ...choice, details: linked(choice.details, piece.detail) };
    case 'annotation': return { ...choice, annotations: linked(choice.annotations, piece.annotation) };
    case 'extraContent': return { ...choice, extraContent: piece.value };
    case 'finish': return { ...choice, finish: piece.finish };
    default: return piece satisfies never;
  }
}

const calledBy = ({ id, name, custom, extraContent }: Extract<Piece, { kind: 'call' }>): Called =>
  ({ id, name, arguments: '', custom: custom ?? false, extraContent });

/** The whole answer. */
export const completion = (answer: Answer): JsonFields => ({
  id: answer.id,
  object: 'chat.completion',
  created: answer.created,
  model: answer.model,
  choices: answer.choices.map((choice, index) => ({
    index,
    message: messageOf(choice),
    logprobs: choice.logprobs.length > 0 ? { content: itemsOf(choice.logprobs), refusal: null } : null,
    finish_reason: choice.finish ?? 'stop',
  })),
  usage: answer.counts && usageOf(answer.counts),
  service_tier: answer.tier,
  sluice: extraOf(answer),
});

const messageOf = (choice: Choice): JsonFields => ({
  role: 'assistant',
  content: choice.text === '' && (choice.calls.length > 0 || choice.refusal !== '') ? null : choice.text,
  refusal: choice.refusal === '' ? null : choice.refusal,
  reasoning: choice.reasoning === '' ? undefined : choice.reasoning,
  reasoning_details: unlessEmpty(choice.details),
  annotations: unlessEmpty(choice.annotations),
  extra_content: choice.extraContent,
  tool_calls: choice.calls.length > 0 ? itemsOf(choice.calls).map(callOf) : undefined,
});

function callOf(call: Called): JsonFields {
  if (call.custom) return { id: call.id, type: 'custom', custom: { name: call.name, input: call.arguments } };
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments }, extra_content: call.extraContent };
}

export function usageOf({ input, output, cacheRead, cacheWrite, reasoning }: TokenCounts): JsonFields {
  const isCached = cacheRead !== undefined || cacheWrite !== undefined;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: isCached ? { cached_tokens: cacheRead, cache_write_tokens: cacheWrite } : undefined,
    completion_tokens_details: reasoning === undefined ? undefined : { reasoning_tokens: reasoning },
  };
}

const unlessEmpty = (list: Chain<Json>): readonly Json[] | undefined => (list.length > 0 ? itemsOf(list) : undefined);

function extraOf({ extra, kept }: Answer): JsonFields | undefined {
  const all: JsonFields = { ...extra, ...Object.fromEntries(Object.entries(kept).map(([name, list]) => [name, itemsOf(list)])) };
  return Object.keys(all).length > 0 ? { provider_extra: all } : undefined;
}

/** The first event of a choice: who speaks. */
export const opening = (answer: Answer, index = 0): string => chunk(answer, { index, delta: { role: 'assistant', content: '' } });

/** The event that says a piece, or nothing where it waits for the end. `answer` is the one before the piece. */
export function saying(answer: Answer, piece: Piece, index = 0): readonly string[] {
  const delta = deltaOf(answer.choices[index] ?? EMPTY_CHOICE, piece);
  if (!delta) return [];
  const logprobs = piece.kind === 'logprobs' ? { content: piece.logprobs, refusal: null } : undefined;
  return [chunk(answer, { index, delta, logprobs })];
}

/** The events that say several pieces, one after another. */
export function sayingAll(answer: Answer, pieces: readonly Piece[], index = 0): readonly string[] {
  const events: string[] = [];
  let at = answer;
  for (const piece of pieces) {
    events.push(...saying(at, piece, index));
    at = add(at, piece, index);
  }
  return events;
}

function deltaOf(choice: Choice, piece: Piece): JsonFields | undefined {
  switch (piece.kind) {
    case 'text': return { content: piece.text };
    case 'refusal': return { refusal: piece.text };
    case 'reasoning': return { reasoning: piece.text };
    case 'call': return { tool_calls: [{ index: choice.calls.length, ...callOf(calledBy(piece)) }] };
    case 'arguments': return argumentsDelta(choice, piece);
    case 'logprobs': return {};
    case 'detail':
    case 'annotation':
    case 'extraContent':
    case 'finish': return undefined;
    default: return piece satisfies never;
  }
}

const argumentsDelta = (choice: Choice, { call, text }: Extract<Piece, { kind: 'arguments' }>): JsonFields =>
  ({ tool_calls: [{ index: call, ...(itemAt(choice.calls, call)?.custom ? { custom: { input: text } } : { function: { arguments: text } }) }] });

/** What is left to say when everything is known: what waited, the finish, and the counts where they were asked for. */
export function closing(answer: Answer, includeUsage: boolean): readonly string[] {
  const ends = answer.choices.flatMap((choice, index) => {
    const late = lateDelta(choice);
    const last = chunk(answer, { index, delta: {}, finish: choice.finish ?? 'stop' }, index === answer.choices.length - 1 ? extraOf(answer) : undefined);
    return late ? [chunk(answer, { index, delta: late }), last] : [last];
  });
  if (!includeUsage || !answer.counts) return ends;
  return [...ends, `data: ${write({ ...chunkHead(answer), choices: [], usage: usageOf(answer.counts) })}\n\n`];
}

export const TERMINATOR = 'data: [DONE]\n\n';

function lateDelta({ details, annotations, extraContent }: Choice): JsonFields | undefined {
  if (details.length === 0 && annotations.length === 0 && extraContent === undefined) return undefined;
  return { reasoning_details: unlessEmpty(details), annotations: unlessEmpty(annotations), extra_content: extraContent };
}

interface Said {
  readonly index: number;
  readonly delta: JsonFields;
  readonly finish?: Finish;
  readonly logprobs?: Json | undefined;
}

const chunkHead = (answer: Answer): JsonFields =>
  ({ id: answer.id, object: 'chat.completion.chunk', created: answer.created, model: answer.model, service_tier: answer.tier });

function chunk(answer: Answer, { index, delta, finish, logprobs }: Said, sluice?: JsonFields): string {
  const choice = { index, delta, logprobs: logprobs ?? null, finish_reason: finish ?? null };
  return `data: ${write({ ...chunkHead(answer), choices: [choice], sluice })}\n\n`;
}
