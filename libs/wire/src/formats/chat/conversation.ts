/**
 * The messages of a Chat request as turns, for formats in which user and assistant take turns: what stands before the first of them
 * is the system's, neighbours of one role are one turn, and results belong to the turn right after their calls, also where a client
 * said something in between. What turns hold is still Chat's own; a pair writes it.
 */
import { mapIds, type IdMap } from '../../leaf/ids.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Notes } from '../../leaf/notes.ts';
import { callsOf, type Call } from './read-message.ts';
import { partsOf } from './read-parts.ts';

export interface Conversation {
  /** Messages of system and developer before everything else. */
  readonly system: readonly JsonNode[];
  readonly turns: readonly Turn[];
}

export type Turn =
  | { readonly role: 'system'; readonly messages: readonly JsonNode[] }
  | { readonly role: 'user'; readonly results: readonly Result[]; readonly messages: readonly Heard[] }
  | { readonly role: 'assistant'; readonly messages: readonly Said[] };

/** Of a user, or of the system where it has no turn of its own. */
export interface Heard {
  readonly message: JsonNode;
  readonly isSystem: boolean;
}

export interface Said {
  readonly message: JsonNode;
  /** With their ids in the target. */
  readonly calls: readonly Given[];
}

export interface Given {
  readonly call: Call;
  readonly id: string;
}

export interface Result {
  readonly message: JsonNode;
  /** Of its call, in the target; the call itself where it is known. */
  readonly id: string;
  readonly call: Call | undefined;
  /** The place of its call among all calls. */
  readonly order: number;
}

/** What a target makes of a conversation. */
export interface Listening {
  /** As warnings name it. */
  readonly target: string;
  readonly notes: Notes;
  /** Ids that it accepts. */
  readonly legalId: RegExp;
  /** Members of a message that its pair reads besides those that all read. */
  readonly reads: readonly string[];
  /** Has the system turns of its own? */
  readonly middleSystem: boolean;
}

interface Reading extends Listening {
  readonly system: JsonNode[];
  readonly turns: Growing[];
  readonly ids: IdMap;
  readonly calls: Map<string, { readonly call: Call; readonly order: number }>;
  /** Ids of calls that were left out: their results go with them. */
  readonly lost: Set<string>;
}

type Growing =
  | { readonly role: 'system'; readonly messages: JsonNode[] }
  | { readonly role: 'user'; readonly results: Result[]; readonly messages: Heard[] }
  | { readonly role: 'assistant'; readonly messages: Said[] };

export function conversationOf(root: JsonNode, listening: Listening): Conversation {
  const reading: Reading = { ...listening, system: [], turns: [], ids: mapIds(listening.legalId), calls: new Map(), lost: new Set() };
  for (const message of get(root, 'messages')?.items ?? []) {
    readMessage(message, reading);
    warnOfRest(message, listening);
  }
  return { system: reading.system, turns: reading.turns };
}

/** Members of a message that every pair reads, or that say nothing beside the others. */
const READ = new Set([
  'role', 'content', 'tool_calls', 'tool_call_id', 'function_call', 'refusal', 'is_error', 'reasoning', 'reasoning_content', 'reasoning_details',
  'annotations', 'audio',
]);

/** Names what a message holds and the target has no place for. A result repeats the name of its call. */
export function warnOfRest(message: JsonNode, { target, notes, reads }: Pick<Listening, 'target' | 'notes' | 'reads'>): void {
  const isResult = ['tool', 'function'].includes(stringOf(get(message, 'role')) ?? '');
  for (const [key, member] of message.members) {
    if (READ.has(key) || reads.includes(key) || member.kind === 'null' || (isResult && key === 'name')) continue;
    notes.warn(member, `left out: ${target} has no place for it`);
  }
}

function readMessage(message: JsonNode, reading: Reading): void {
  switch (stringOf(get(message, 'role'))) {
    case 'system':
    case 'developer': return addSystem(message, reading);
    case 'user': return void userTurn(reading).messages.push({ message, isSystem: false });
    case 'assistant': return addAssistant(message, reading);
    case 'tool': return addResult(message, stringOf(get(message, 'tool_call_id')) ?? '', reading);
    case 'function': return addResult(message, '', reading);
    default: return reading.notes.refuse(get(message, 'role') ?? message, `${reading.target} knows the roles system, user, assistant and tool`);
  }
}

function addSystem(message: JsonNode, { system, turns, notes, middleSystem, ...rest }: Reading): void {
  if (turns.length === 0) return void system.push(message);
  const content = get(message, 'content');
  if (partsOf(content).length === 0) return;
  const last = turns.at(-1);
  if (middleSystem && last?.role === 'system') return void last.messages.push(message);
  if (middleSystem) return void turns.push({ role: 'system', messages: [message] });
  notes.warn(content ?? message, `said by the user: ${rest.target} takes system messages only before the first turn`);
  userTurn({ turns }).messages.push({ message, isSystem: true });
}

type UserTurn = Extract<Growing, { role: 'user' }>;

/** The turn that is going on, or a new one. */
function userTurn({ turns }: Pick<Reading, 'turns'>): UserTurn {
  const last = turns.at(-1);
  if (last?.role === 'user') return last;
  const turn: UserTurn = { role: 'user', results: [], messages: [] };
  turns.push(turn);
  return turn;
}

function addAssistant(message: JsonNode, { turns, notes, target, ids, calls, lost }: Reading): void {
  const audio = get(message, 'audio');
  if (audio) notes.refuse(audio, `${target} cannot be given back audio`);
  const refusal = get(message, 'refusal');
  if (refusal) notes.warn(refusal, `said as text: ${target} has no refusals`);
  const given = callsOf(message).flatMap((call): readonly Given[] => {
    if (call.kind === 'function') {
      const id = ids.call(call.id);
      calls.set(id, { call, order: calls.size });
      return [{ call, id }];
    }
    notes.refuse(call.node, `${target} knows calls of functions alone`);
    lost.add(call.id);
    return [];
  });
  const last = turns.at(-1);
  if (last?.role === 'assistant') last.messages.push({ message, calls: given });
  else turns.push({ role: 'assistant', messages: [{ message, calls: given }] });
}

function addResult(message: JsonNode, callId: string, reading: Reading): void {
  const { ids, calls, lost, notes } = reading;
  if (lost.has(callId)) return notes.warn(message, 'left out with the call that it answers');
  const id = ids.result(callId);
  const asked = calls.get(id);
  resultTurn(reading).results.push({ message, id, call: asked?.call, order: asked?.order ?? -1 });
}

function resultTurn(reading: Reading): UserTurn {
  const { turns } = reading;
  const asked = turns.findLastIndex(({ role }) => role === 'assistant');
  const next = turns[asked + 1];
  if (next?.role === 'user') return next;
  if (asked < 0) return userTurn(reading);
  const turn: UserTurn = { role: 'user', results: [], messages: [] };
  turns.splice(asked + 1, 0, turn);
  return turn;
}
