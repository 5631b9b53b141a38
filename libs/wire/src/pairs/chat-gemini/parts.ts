/** The parts of a candidate as pieces of a Chat answer. A stream brings some of them at a time, a whole answer all. */
import { addAll, EMPTY_CHOICE, keep, type Answer, type Piece } from '../../formats/chat/answer.ts';
import { countsOf } from '../../formats/gemini/usage.ts';
import { get, isTrue, numberOf, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, write, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { TokenCounts } from '../../leaf/token-counts.ts';
import type { Remembered, Warning } from '../pair.ts';

export interface State {
  readonly answer: Answer;
  /** Seeds the ids of calls that have none. */
  readonly seed: string;
  readonly counts: TokenCounts | undefined;
  /** By candidate. */
  readonly reasons: ReadonlyMap<number, string>;
  readonly grounding: ReadonlyMap<number, JsonNode>;
  readonly blocked: boolean;
  readonly remembered: readonly Remembered[];
  readonly warnings: readonly Warning[];
  readonly includeUsage: boolean;
  readonly phase: 'waiting' | 'open' | 'failed';
}

/** Pieces of one candidate. */
export interface Said {
  readonly index: number;
  readonly pieces: readonly Piece[];
}

const textAt = (node: JsonNode | undefined, key: string): string => stringOf(get(node, key)) ?? '';

/** One chunk, or a whole answer. */
export function take(state: State, chunk: JsonNode): readonly [State, readonly Said[]] {
  const feedback = get(chunk, 'promptFeedback');
  const blocked = get(feedback, 'blockReason') !== undefined;
  let next: State = {
    ...state, phase: 'open', blocked: state.blocked || blocked, counts: countsOf(get(chunk, 'usageMetadata')) ?? state.counts,
    answer: { ...state.answer, id: textAt(chunk, 'responseId') || state.answer.id, model: textAt(chunk, 'modelVersion') || state.answer.model },
  };
  if (feedback && blocked) next = { ...next, answer: { ...next.answer, extra: { ...next.answer.extra, promptFeedback: raw(feedback) } } };
  const said: Said[] = [];
  for (const [position, candidate] of (get(chunk, 'candidates')?.items ?? []).entries()) {
    const index = numberOf(get(candidate, 'index')) ?? position;
    for (const [at, part] of partsIn(candidate).entries()) {
      const [after, pieces] = takePart(next, { part, index, path: `candidates[${position}].content.parts[${at}]` });
      next = after;
      said.push({ index, pieces });
    }
    const [after, pieces] = takeRest(next, index, candidate);
    next = after;
    said.push({ index, pieces });
  }
  return [next, said];
}

/** One part may stand without its list. */
const partsIn = (candidate: JsonNode): readonly JsonNode[] => {
  const parts = get(get(candidate, 'content'), 'parts');
  return parts?.kind === 'object' ? [parts] : (parts?.items ?? []);
};

interface Placed {
  readonly part: JsonNode;
  readonly index: number;
  readonly path: string;
}

function takePart(state: State, { part, index, path }: Placed): readonly [State, readonly Piece[]] {
  const signature = stringOf(get(part, 'thoughtSignature'));
  const call = get(part, 'functionCall');
  if (call) return takeCall(state, { call, signature, index });
  const text = get(part, 'text');
  if (!text) return [keepRaw(state, part, path), signedPieces(signature, false)];
  const isThought = isTrue(get(part, 'thought'));
  const pieces: readonly Piece[] = text.value === '' ? [] : [{ kind: isThought ? 'reasoning' : 'text', text: stringOf(text) ?? '' }];
  return said(state, index, [...pieces, ...signedPieces(signature, isThought)]);
}

/** A signature goes back where it came from: that of a text is the message's, that of a thought stands with the thoughts. */
function signedPieces(signature: string | undefined, isThought: boolean): readonly Piece[] {
  if (signature === undefined) return [];
  return isThought
    ? [{ kind: 'detail', detail: { type: 'reasoning.encrypted', data: signature, format: 'google-gemini-v1' } }]
    : [{ kind: 'extraContent', value: signed(signature) }];
}

const signed = (signature: string): JsonFields => ({ google: { thought_signature: signature } });

const said = (state: State, index: number, pieces: readonly Piece[]): readonly [State, readonly Piece[]] =>
  [{ ...state, answer: addAll(state.answer, pieces, index) }, pieces];

interface Calling {
  readonly call: JsonNode;
  readonly signature: string | undefined;
  readonly index: number;
}

/** Calls come whole. Older models give them no id. */
function takeCall(state: State, { call, signature, index }: Calling): readonly [State, readonly Piece[]] {
  const before = state.answer.choices.reduce((sum, { calls }) => sum + calls.length, 0);
  const id = textAt(call, 'id') || `call_${state.seed.slice(0, 30)}_${before}`;
  const args = get(call, 'args');
  const at = (state.answer.choices[index] ?? EMPTY_CHOICE).calls.length;
  const extra = signature === undefined ? {} : { extraContent: signed(signature) };
  const next = signature === undefined ? state : { ...state, remembered: [...state.remembered, rememberedOf(id, signature)] };
  return said(next, index, [
    { kind: 'call', id, name: textAt(call, 'name'), ...extra },
    { kind: 'arguments', call: at, text: args ? textOf(args) : '{}' },
  ]);
}

const rememberedOf = (callId: string, signature: string): Remembered =>
  ({ callId, family: 'google', format: 'gemini', blocks: write([{ thoughtSignature: signature }]) });

/** What a candidate says beside its content. */
function takeRest(state: State, index: number, candidate: JsonNode): readonly [State, readonly Piece[]] {
  const reason = stringOf(get(candidate, 'finishReason'));
  const grounding = get(candidate, 'groundingMetadata');
  const next: State = {
    ...state,
    reasons: reason === undefined ? state.reasons : new Map(state.reasons).set(index, reason),
    grounding: grounding ? new Map(state.grounding).set(index, grounding) : state.grounding,
    answer: { ...state.answer, extra: { ...state.answer.extra, ...leftOver(candidate) } },
  };
  const logprobs = logprobsOf(get(candidate, 'logprobsResult'));
  return said(next, index, logprobs.length > 0 ? [{ kind: 'logprobs', logprobs }] : []);
}

/** What Chat has no place for, raw. */
const KEPT = ['groundingMetadata', 'urlContextMetadata', 'citationMetadata', 'finishMessage', 'safetyRatings'];
const leftOver = (candidate: JsonNode): JsonFields =>
  Object.fromEntries(KEPT.flatMap((key) => {
    const node = get(candidate, key);
    return node ? [[key, raw(node)]] : [];
  }));

function logprobsOf(result: JsonNode | undefined): readonly JsonFields[] {
  const top = get(result, 'topCandidates')?.items ?? [];
  return (get(result, 'chosenCandidates')?.items ?? []).map((chosen, at) => ({
    ...tokenOf(chosen), top_logprobs: (get(top[at], 'candidates')?.items ?? []).map(tokenOf),
  }));
}

function tokenOf(node: JsonNode): JsonFields {
  const logprob = get(node, 'logProbability');
  return { token: textAt(node, 'token'), logprob: logprob ? raw(logprob) : 0, bytes: null };
}

function keepRaw(state: State, part: JsonNode, path: string): State {
  const warning = { path, reason: 'has no place in Chat Completions: kept in sluice.provider_extra' };
  const one: Json = raw(part);
  return { ...state, answer: keep(state.answer, 'content', [one]), warnings: [...state.warnings, warning] };
}
