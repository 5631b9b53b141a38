/** The messages of a Chat request as system blocks and turns. Neighbours of one role become one turn; results come first in theirs. */
import { callsOf, type Call } from '../../formats/chat/read-message.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { rawText, type Json, type JsonFields } from '../../leaf/json-write.ts';
import { mapIds, type IdMap } from '../../leaf/ids.ts';
import type { Notes } from '../notes.ts';
import { blocksOf, resultOf, textsOf, withMark } from './content.ts';
import { withThoughts, type Replaying } from './replay.ts';

export const LEGAL_ID = /^[A-Za-z0-9_-]{1,64}$/;

export interface Conversation {
  /** What stands before everything else. */
  readonly system: readonly Json[];
  readonly turns: readonly Json[];
  /** A loop of tools is open and its call came without the thoughts that led to it. */
  readonly hasLostThoughts: boolean;
}

interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly results: Json[];
  readonly blocks: Json[];
}

interface Reading extends Replaying {
  readonly ids: IdMap;
  readonly turns: Turn[];
  readonly system: Json[];
  /** Names of calls without ids, as the old `function_call` has them. */
  readonly nameless: string[];
  hasLostThoughts: boolean;
}

/** Members of a message that are read here or in what it is made of. */
const READ = new Set([
  'role', 'content', 'tool_calls', 'tool_call_id', 'function_call', 'refusal', 'is_error', 'cache_control', 'reasoning', 'reasoning_content',
  'reasoning_details', 'annotations', 'audio',
]);

export function conversationOf(root: JsonNode, replaying: Replaying): Conversation {
  const reading: Reading = { ...replaying, ids: mapIds(LEGAL_ID), turns: [], system: [], nameless: [], hasLostThoughts: false };
  for (const message of get(root, 'messages')?.items ?? []) {
    readMessage(message, reading);
    for (const [key, member] of message.members) if (!READ.has(key) && member.kind !== 'null' && !isNameOfResult(message, key)) reading.notes.warn(member, 'left out: Messages has no place for it');
  }
  return { system: reading.system, turns: settled(reading.turns), hasLostThoughts: reading.hasLostThoughts };
}

/** A result repeats the name of its call. */
const isNameOfResult = (message: JsonNode, key: string): boolean => key === 'name' && ['tool', 'function'].includes(stringOf(get(message, 'role')) ?? '');

function readMessage(message: JsonNode, reading: Reading): void {
  const { notes } = reading;
  switch (stringOf(get(message, 'role'))) {
    case 'system':
    case 'developer': return addSystem(message, reading);
    case 'user': return void turnOf('user', reading).blocks.push(...withMark(blocksOf(get(message, 'content'), notes), message));
    case 'assistant': return addAssistant(message, reading);
    case 'tool': return void resultTurn(reading).results.push(resultOf(message, reading.ids.result(stringOf(get(message, 'tool_call_id')) ?? ''), notes));
    case 'function': return void resultTurn(reading).results.push(resultOf(message, reading.ids.result(''), notes));
    default: return notes.refuse(get(message, 'role') ?? message, 'Messages knows the roles system, user, assistant and tool');
  }
}

function addSystem(message: JsonNode, reading: Reading): void {
  const texts = textsOf(message, reading.notes);
  if (reading.turns.length === 0) reading.system.push(...texts);
  else if (reading.rules.middleSystem) turnOf('system', reading).blocks.push(...texts);
  else if (texts.length > 0) {
    reading.notes.warn(get(message, 'content') ?? message, 'said by the user: this model takes system messages only before the first turn');
    turnOf('user', reading).blocks.push(...texts);
  }
}

/** The turn that is going on, or a new one. */
function turnOf(role: Turn['role'], { turns }: Reading): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], blocks: [] };
  turns.push(turn);
  return turn;
}

/** Results belong to the turn right after their calls, also where a client said something in between. */
function resultTurn(reading: Reading): Turn {
  const { turns } = reading;
  const asked = turns.findLastIndex(({ role }) => role === 'assistant');
  const next = turns[asked + 1];
  if (asked < 0 || next?.role === 'user') return next?.role === 'user' ? next : turnOf('user', reading);
  const turn: Turn = { role: 'user', results: [], blocks: [] };
  turns.splice(asked + 1, 0, turn);
  return turn;
}

function addAssistant(message: JsonNode, reading: Reading): void {
  const { notes, ids } = reading;
  if (get(message, 'audio')) notes.refuse(get(message, 'audio') ?? message, 'Messages cannot be given back audio');
  const refusal = get(message, 'refusal');
  if (refusal) notes.warn(refusal, 'said as text: Messages has no refusals');
  const texts = [...blocksOf(get(message, 'content'), notes), ...blocksOf(refusal, notes)];
  const calls = callsOf(message).flatMap((call) => {
    if (call.kind === 'function') return [{ call, block: callBlock(call, ids.call(call.id), notes) }];
    notes.refuse(call.node, 'Messages knows calls of functions alone');
    return [];
  });
  const { blocks, hasThoughts } = withThoughts(message, { texts: withMark(texts, message), calls }, reading);
  reading.hasLostThoughts = calls.length > 0 && !hasThoughts;
  turnOf('assistant', reading).blocks.push(...blocks);
}

function callBlock(call: Call, id: string, notes: Notes): JsonFields {
  const input = rawText(call.arguments.trim() === '' ? '{}' : call.arguments);
  const mark = get(call.node, 'cache_control');
  const block = { type: 'tool_use', id, name: call.name, cache_control: mark && rawText(mark.source.slice(mark.start, mark.end))?.raw };
  if (input?.node.kind === 'object') return { ...block, input: input.raw };
  notes.warn(call.node, 'its arguments are no JSON object: given back as text under "arguments"');
  return { ...block, input: { arguments: call.arguments } };
}

/** Turns that hold something, as they are sent; only an open loop of tools counts as one that needs its thoughts. */
const settled = (turns: readonly Turn[]): readonly Json[] =>
  turns.flatMap(({ role, results, blocks }) => (results.length + blocks.length > 0 ? [{ role, content: [...results, ...blocks] }] : []));
