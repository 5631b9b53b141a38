/**
 * The messages of a Chat request as contents. Neighbours of one role become one content; results come first in theirs, in the order
 * of their calls, because models without ids tell them apart by it.
 */
import { callsOf, plainReasoning, signatureOf, thoughtsOf, type Call } from '../../formats/chat/read-message.ts';
import { mapIds, type IdMap } from '../../leaf/ids.ts';
import { get, isTrue, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { rawText, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../notes.ts';
import type { RequestInput } from '../pair.ts';
import { partsOf } from './content.ts';
import { signaturesOf } from './replay.ts';

const LEGAL_ID = /^[\s\S]{1,128}$/;

export interface Conversation {
  readonly system: readonly Json[];
  readonly contents: readonly Json[];
}

export type Replaying = Pick<RequestInput, 'memory' | 'rules'> & { readonly notes: Notes };

interface Turn {
  readonly role: 'user' | 'model';
  readonly results: { readonly order: number; readonly part: JsonFields }[];
  readonly parts: Json[];
}

interface Reading extends Replaying {
  readonly ids: IdMap;
  readonly turns: Turn[];
  readonly system: Json[];
  /** Names of calls by their ids as Gemini has them, in order. */
  readonly names: Map<string, string>;
}

const READ = new Set([
  'role', 'content', 'tool_calls', 'tool_call_id', 'function_call', 'refusal', 'is_error', 'reasoning', 'reasoning_content', 'reasoning_details',
  'annotations', 'audio', 'extra_content',
]);

export function conversationOf(root: JsonNode, replaying: Replaying): Conversation {
  const reading: Reading = { ...replaying, ids: mapIds(LEGAL_ID), turns: [], system: [], names: new Map() };
  for (const message of get(root, 'messages')?.items ?? []) {
    readMessage(message, reading);
    for (const [key, member] of message.members) {
      if (!READ.has(key) && member.kind !== 'null' && !isNameOfResult(message, key)) reading.notes.warn(member, 'left out: Gemini has no place for it');
    }
  }
  return { system: reading.system, contents: settled(reading.turns) };
}

/** A result repeats the name of its call. */
const isNameOfResult = (message: JsonNode, key: string): boolean => key === 'name' && ['tool', 'function'].includes(stringOf(get(message, 'role')) ?? '');

function readMessage(message: JsonNode, reading: Reading): void {
  const { notes, ids } = reading;
  switch (stringOf(get(message, 'role'))) {
    case 'system':
    case 'developer': return addSystem(message, reading);
    case 'user': return void turnOf('user', reading).parts.push(...partsOf(get(message, 'content'), notes));
    case 'assistant': return addAssistant(message, reading);
    case 'tool': return addResult(message, ids.result(stringOf(get(message, 'tool_call_id')) ?? ''), reading);
    case 'function': return addResult(message, ids.result(''), reading);
    default: return notes.refuse(get(message, 'role') ?? message, 'Gemini knows the roles system, user, assistant and tool');
  }
}

function addSystem(message: JsonNode, reading: Reading): void {
  const parts = partsOf(get(message, 'content'), reading.notes);
  if (reading.turns.length === 0) return void reading.system.push(...parts);
  if (parts.length === 0) return;
  reading.notes.warn(get(message, 'content') ?? message, 'said by the user: Gemini takes system messages only before the first turn');
  turnOf('user', reading).parts.push(...parts);
}

/** The turn that is going on, or a new one. */
function turnOf(role: Turn['role'], { turns }: Reading): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], parts: [] };
  turns.push(turn);
  return turn;
}

function addAssistant(message: JsonNode, reading: Reading): void {
  const { notes, ids, names } = reading;
  const audio = get(message, 'audio');
  if (audio) notes.refuse(audio, 'Gemini cannot be given back audio');
  const refusal = get(message, 'refusal');
  if (refusal) notes.warn(refusal, 'said as text: Gemini has no refusals');
  const calls = callsOf(message).filter((call) => {
    if (call.kind !== 'function') notes.refuse(call.node, 'Gemini knows calls of functions alone');
    return call.kind === 'function';
  });
  warnOfThoughts(message, reading);
  const signatures = signaturesOf(message, calls, reading);
  const texts = signedLast([...partsOf(get(message, 'content'), notes), ...partsOf(refusal, notes)], signatureOf(message) ?? (calls.length === 0 ? ownSignature(message, reading) : undefined));
  const parts = calls.map((call, index) => {
    const id = ids.call(call.id);
    names.set(id, call.name);
    return { functionCall: { id, name: call.name, args: argumentsOf(call, notes) }, thoughtSignature: signatures[index] };
  });
  turnOf('model', reading).parts.push(...texts, ...parts);
}

/** Readable thoughts are not given back: Gemini wants its signatures, and nothing else. */
function warnOfThoughts(message: JsonNode, { notes, rules }: Reading): void {
  const all = thoughtsOf(message);
  const own = all.filter(({ family, kind }) => family === rules.family && kind === 'encrypted');
  // A text takes one signature, calls take one each.
  const given = callsOf(message).length > 0 ? own : own.slice(-1);
  const thoughts = all.filter((thought) => !given.includes(thought));
  for (const { node } of thoughts) notes.warn(node, 'left out: Gemini is given back its own signatures alone');
  const plain = plainReasoning(message);
  if (plain) notes.warn(plain, 'left out: Gemini is given back its own signatures alone');
}

/** That of a turn without calls, as a client kept it among its details. */
const ownSignature = (message: JsonNode, { rules }: Reading): string | undefined =>
  thoughtsOf(message).findLast(({ family, data }) => family === rules.family && data !== '')?.data;

const signedLast = (texts: readonly JsonFields[], signature: string | undefined): readonly JsonFields[] =>
  signature === undefined ? texts : [...texts.slice(0, -1), { ...(texts.at(-1) ?? { text: '' }), thoughtSignature: signature }];

function argumentsOf(call: Call, notes: Notes): Json {
  const args = rawText(call.arguments.trim() === '' ? '{}' : call.arguments);
  if (args?.node.kind === 'object') return args.raw;
  notes.warn(call.node, 'its arguments are no JSON object: given back as text under "arguments"');
  return { arguments: call.arguments };
}

/** Text is the output or the error; media follow the results, each behind a text that names its call. */
function addResult(message: JsonNode, id: string, reading: Reading): void {
  const { turns, names, notes } = reading;
  const parts = partsOf(get(message, 'content'), notes);
  const texts = parts.filter((part) => 'text' in part);
  const media = parts.filter((part) => !('text' in part));
  const content = get(message, 'content');
  const text = content?.kind === 'string' ? (stringOf(content) ?? '') : textsIn(content).join('\n');
  if (texts.length > 1) notes.warn(content ?? message, 'its texts are said as one');
  const response = { [isTrue(get(message, 'is_error')) ? 'error' : 'output']: text };
  const asked = turns.findLastIndex(({ role }) => role === 'model');
  const next = turns[asked + 1];
  const turn = asked >= 0 && next?.role === 'user' ? next : turnOf('user', reading);
  turn.results.push({ order: [...names.keys()].indexOf(id), part: { functionResponse: { id, name: names.get(id) ?? stringOf(get(message, 'name')) ?? 'unknown', response } } });
  const called = stringOf(get(message, 'tool_call_id')) ?? id;
  turn.parts.push(...media.flatMap((part) => [{ text: `From the result of the call ${called}:` }, part]));
}

const textsIn = (content: JsonNode | undefined): readonly string[] =>
  (content?.items ?? []).flatMap((part) => stringOf(part) ?? stringOf(get(part, 'text')) ?? []);

const settled = (turns: readonly Turn[]): readonly Json[] =>
  turns.flatMap(({ role, results, parts }) => {
    const ordered = [...results].sort((a, b) => a.order - b.order).map(({ part }) => part);
    return ordered.length + parts.length > 0 ? [{ role, parts: [...ordered, ...parts] }] : [];
  });
