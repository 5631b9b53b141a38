/**
 * A Chat answer in the making from a provider's, whole or streamed: what every pair has to know between two pieces, and what it does
 * with those that have no place in Chat or must come back one day.
 */
import { EMPTY_CHAIN, itemsOf, linked, linkedAll, type Chain } from '../../leaf/chain.ts';
import { get, readJson, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { write, type Json } from '../../leaf/json-write.ts';
import type { Converted, Warning } from '../../leaf/notes.ts';
import type { ProviderEvent } from '../../leaf/provider-event.ts';
import type { Remembered } from '../../leaf/remembered.ts';
import type { Family, Rules } from '../../leaf/rules.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';
import { add, addAll, closing, completion, emptyAnswer, keep, TERMINATOR, type Answer, type Finish, type Piece } from './answer.ts';
import { errorEvent } from './error.ts';
import { asksUsage } from './read-tools.ts';

export interface Making {
  readonly answer: Answer;
  readonly family: Family;
  readonly counts: TokenCounts | undefined;
  /** Thoughts that no call has followed yet, as the provider wants them back. */
  readonly thoughts: readonly Json[];
  readonly remembered: Chain<Remembered>;
  readonly warnings: Chain<Warning>;
  readonly includeUsage: boolean;
  /** `ended`: the provider has said its last word, and all but the terminator was sent. */
  readonly phase: 'waiting' | 'open' | 'ended' | 'failed';
}

/** What an answer is made from, besides the provider's. */
export interface Asked {
  readonly asked: string;
  readonly model: string;
  readonly id: string;
  readonly createdAt: number;
  readonly rules: Pick<Rules, 'family'>;
}

export const making = ({ asked, id, model, createdAt, rules }: Asked): Making => ({
  answer: emptyAnswer({ id: `chatcmpl-${id}`, model, created: createdAt }),
  family: rules.family, counts: undefined, thoughts: [], remembered: EMPTY_CHAIN, warnings: EMPTY_CHAIN,
  includeUsage: asksUsage(readJson(asked)), phase: 'waiting',
});

/** A state, and the pieces that it has more than the one before. */
export type Step<State> = readonly [State, readonly Piece[]];

export const say = <State extends Making>(state: State, pieces: readonly Piece[], index = 0): Step<State> =>
  [{ ...state, answer: addAll(state.answer, pieces, index) }, pieces];

/** A string that stands in a member; `''` where there is none. */
export const textAt = (node: JsonNode | undefined, key: string): string => stringOf(get(node, key)) ?? '';

/** A text as a piece, unless it is empty. */
export const pieceOf = (kind: 'text' | 'reasoning', text: string): readonly Piece[] => (text === '' ? [] : [{ kind, text }]);

/** The arguments of a call that come in one piece. */
export const argumentsOf = (input: JsonNode | undefined): string => (input ? textOf(input) : '{}');

/** How many calls the answer has so far: the number of the next. */
export const callsSoFar = ({ answer }: Making): number => answer.choices[0]?.calls.length ?? 0;

/** What has no place in Chat stands raw in a list under `sluice.provider_extra`, with a warning. */
export function keepAside<State extends Making>(state: State, { name, items, ...warning }: Warning & { readonly name: string; readonly items: readonly Json[] }): State {
  if (items.length === 0) return state;
  return { ...warned(state, warning), answer: keep(state.answer, name, items) };
}

export const NO_PLACE = 'has no place in Chat Completions: kept in sluice.provider_extra';
export const PAGES_ALONE = 'Chat Completions cites pages alone: kept in sluice.provider_extra';

export const warned = <State extends Making>(state: State, warning: Warning): State => ({ ...state, warnings: linked(state.warnings, warning) });

/** A thought that waits for the call it leads to. */
export const thinking = <State extends Making>(state: State, thought: Json): State => ({ ...state, thoughts: [...state.thoughts, thought] });

/** The thoughts before a call are kept with it. */
export function rememberThoughts<State extends Making>(state: State, callId: string, format: Remembered['format']): State {
  if (state.thoughts.length === 0) return state;
  const kept = { callId, family: state.family, format, blocks: write(state.thoughts) };
  return { ...state, thoughts: [], remembered: linkedAll(state.remembered, [kept]) };
}

/** With the reason of its end and the counts. An answer that stopped by itself with calls has stopped for them, whatever was said. */
export function finished<State extends Making>(state: State, finish: Finish): State {
  const real = callsSoFar(state) > 0 && finish === 'stop' ? 'tool_calls' : finish;
  return { ...state, answer: { ...add(state.answer, { kind: 'finish', finish: real }), counts: state.counts } };
}

/** A whole answer from a state that knows how it ended. */
export const madeWhole = ({ answer, warnings, remembered }: Making): Converted & { readonly remembered: readonly Remembered[] } =>
  ({ kind: 'converted', body: write(completion(answer)), warnings: itemsOf(warnings), remembered: itemsOf(remembered) });

/** How a pair reads a stream. */
export interface Streaming<State> {
  start(input: Asked): State;
  take(state: State, event: ProviderEvent): readonly [State, sent: readonly string[]];
  /** With everything that is known only at the end, where the provider does not say it in an event. */
  conclude(state: State): State;
}

/** A stream of the provider's as one of Chat's: nothing follows an end or an error. */
export const chatStream = <State extends Making>({ start, take, conclude }: Streaming<State>) => ({
  start,
  step: (state: State, event: ProviderEvent): readonly [State, readonly string[]] => (isOver(state) ? [state, []] : take(state, event)),
  end(state: State): readonly string[] {
    if (state.phase === 'ended') return [TERMINATOR];
    if (state.phase !== 'open') return [];
    const { answer, includeUsage } = conclude(state);
    return [...closing(answer, includeUsage), TERMINATOR];
  },
  remembered: (state: State): readonly Remembered[] => itemsOf(state.remembered),
  warnings: (state: State): readonly Warning[] => itemsOf(state.warnings),
});

const isOver = ({ phase }: Making): boolean => phase === 'ended' || phase === 'failed';

/** The end that a provider says in an event. */
export const ended = <State extends Making>(state: State): readonly [State, readonly string[]] =>
  [{ ...state, phase: 'ended' }, closing(state.answer, state.includeUsage)];

/** A failure in the middle of an answer. Providers keep their words about it one level down, or not. */
export function failed<State extends Making>(state: State, error: JsonNode): readonly [State, readonly string[]] {
  const said = get(error, 'error') ?? error;
  const message = stringOf(get(said, 'message')) ?? 'the provider failed in the middle of its answer';
  const code = [get(said, 'code'), get(said, 'type'), get(said, 'status')].map(stringOf).find((word) => word !== undefined) ?? 'provider_error';
  return [{ ...state, phase: 'failed' }, [errorEvent({ message, type: 'api_error', param: stringOf(get(said, 'param')) ?? null, code })]];
}
