/** The parts of a candidate as pieces of a Chat answer. A stream brings some of them at a time, a whole answer all. */
import { EMPTY_CHOICE, type Piece } from '../../formats/chat/answer.ts';
import { argumentsOf, keepAside, NO_PLACE, pieceOf, say, textAt, type Making, type Step } from '../../formats/chat/making.ts';
import { countsOf } from '../../formats/gemini/usage.ts';
import { linked } from '../../leaf/chain.ts';
import { get, isTrue, numberOf, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, write, type JsonFields } from '../../leaf/json-write.ts';
import type { Remembered } from '../../leaf/remembered.ts';

export interface State extends Making {
  /** Seeds the ids of calls that have none. */
  readonly seed: string;
  /** By candidate. */
  readonly reasons: ReadonlyMap<number, string>;
  readonly grounding: ReadonlyMap<number, JsonNode>;
  readonly blocked: boolean;
}

/** Pieces of one candidate. */
export interface Said {
  readonly index: number;
  readonly pieces: readonly Piece[];
}

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
    const index = indexOf(candidate, position);
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

/** More candidates than this nobody can ask for. */
const MOST_CANDIDATES = 128;

function indexOf(candidate: JsonNode, position: number): number {
  const index = numberOf(get(candidate, 'index')) ?? position;
  return Number.isInteger(index) && index >= 0 && index < MOST_CANDIDATES ? index : 0;
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

function takePart(state: State, { part, index, path }: Placed): Step<State> {
  const signature = stringOf(get(part, 'thoughtSignature'));
  const call = get(part, 'functionCall');
  if (call) return takeCall(state, { call, signature, index });
  const text = get(part, 'text');
  const isThought = isTrue(get(part, 'thought'));
  if (text) return say(state, [...pieceOf(isThought ? 'reasoning' : 'text', stringOf(text) ?? ''), ...signedPieces(signature, isThought)], index);
  return say(keepAside(state, { name: 'content', items: [raw(part)], path, reason: NO_PLACE }), signedPieces(signature, false), index);
}

/** A signature goes back where it came from: that of a text is the message's, that of a thought stands with the thoughts. */
function signedPieces(signature: string | undefined, isThought: boolean): readonly Piece[] {
  if (signature === undefined) return [];
  return isThought
    ? [{ kind: 'detail', detail: { type: 'reasoning.encrypted', data: signature, format: 'google-gemini-v1' } }]
    : [{ kind: 'extraContent', value: signed(signature) }];
}

const signed = (signature: string): JsonFields => ({ google: { thought_signature: signature } });

interface Calling {
  readonly call: JsonNode;
  readonly signature: string | undefined;
  readonly index: number;
}

/** Calls come whole. Older models give them no id. */
function takeCall(state: State, { call, signature, index }: Calling): Step<State> {
  const before = state.answer.choices.reduce((sum, { calls }) => sum + calls.length, 0);
  const id = textAt(call, 'id') || `call_${state.seed.slice(0, 30)}_${before}`;
  const at = (state.answer.choices[index] ?? EMPTY_CHOICE).calls.length;
  const extra = signature === undefined ? {} : { extraContent: signed(signature) };
  const next = signature === undefined ? state : { ...state, remembered: linked(state.remembered, rememberedOf(id, signature)) };
  return say(next, [{ kind: 'call', id, name: textAt(call, 'name'), ...extra }, { kind: 'arguments', call: at, text: argumentsOf(get(call, 'args')) }], index);
}

const rememberedOf = (callId: string, signature: string): Remembered =>
  ({ callId, family: 'google', format: 'gemini', blocks: write([{ thoughtSignature: signature }]) });

/** What a candidate says beside its content. */
function takeRest(state: State, index: number, candidate: JsonNode): Step<State> {
  const reason = stringOf(get(candidate, 'finishReason'));
  const grounding = get(candidate, 'groundingMetadata');
  const next: State = {
    ...state,
    reasons: reason === undefined ? state.reasons : new Map(state.reasons).set(index, reason),
    grounding: grounding ? new Map(state.grounding).set(index, grounding) : state.grounding,
    answer: { ...state.answer, extra: { ...state.answer.extra, ...leftOver(candidate) } },
  };
  const logprobs = logprobsOf(get(candidate, 'logprobsResult'));
  return say(next, logprobs.length > 0 ? [{ kind: 'logprobs', logprobs }] : [], index);
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
