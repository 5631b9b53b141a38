/** The messages of a Chat request as input items, in their order. */
import { warnOfRest } from '../../formats/chat/conversation.ts';
import { callsOf, plainReasoning, thoughtsOf, type Call, type Thought } from '../../formats/chat/read-message.ts';
import { cacheMark } from '../../formats/chat/read-parts.ts';
import type { Replaying } from '../../formats/chat/replay.ts';
import { mapIds, type IdMap } from '../../leaf/ids.ts';
import { get, isTrue, pathOf, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';
import { blocksKept } from '../../leaf/remembered.ts';
import { CACHED, partsOf } from './content.ts';

const LEGAL_ID = /^[\s\S]{1,64}$/;

interface Reading extends Replaying {
  readonly ids: IdMap;
  /** Calls of custom tools, by their ids as Responses has them. */
  readonly custom: Set<string>;
}

export function inputOf(root: JsonNode, replaying: Replaying): readonly Json[] {
  const reading: Reading = { ...replaying, ids: mapIds(LEGAL_ID), custom: new Set() };
  return (get(root, 'messages')?.items ?? []).flatMap((message) => {
    warnOfRest(message, { target: 'Responses', notes: reading.notes, reads: ['cache_control'] });
    const mark = cacheMark(message);
    if (mark) reading.notes.warn(mark, CACHED);
    return itemsOf(message, reading);
  });
}

function itemsOf(message: JsonNode, reading: Reading): readonly Json[] {
  const role = stringOf(get(message, 'role'));
  switch (role) {
    case 'system':
    case 'developer':
    case 'user': {
      const content = partsOf(get(message, 'content'), reading.notes);
      return content.length > 0 ? [{ role, content }] : [];
    }
    case 'assistant': return saidBy(message, reading);
    case 'tool': return [resultOf(message, reading.ids.result(stringOf(get(message, 'tool_call_id')) ?? ''), reading)];
    case 'function': return [resultOf(message, reading.ids.result(''), reading)];
    default: {
      reading.notes.refuse(get(message, 'role') ?? message, 'Responses knows the roles system, developer, user, assistant and tool');
      return [];
    }
  }
}

function saidBy(message: JsonNode, reading: Reading): readonly Json[] {
  const { notes, ids, custom } = reading;
  const audio = get(message, 'audio');
  if (audio) notes.refuse(audio, 'Responses cannot be given back audio');
  const own = ownThoughts(message, reading);
  const calls = callsOf(message);
  const family = reading.rules.family;
  const remembered = own.length > 0 ? [] : calls.map((call) => blocksKept(reading.memory, call.id, { family, format: 'responses' }).map(raw));
  const plain = plainReasoning(message);
  if (plain && own.length === 0 && remembered.every((items) => items.length === 0) && !get(message, 'reasoning_details')) {
    notes.warn(plain, 'left out: thoughts without their encrypted content cannot be given back');
  }
  const texts = textsOf(message, notes);
  const [first = [], ...later] = remembered;
  return [
    ...own, ...first, ...texts,
    ...calls.flatMap((call, index) => {
      const id = ids.call(call.id);
      if (call.kind === 'custom') custom.add(id);
      return [...(index === 0 ? [] : (later[index - 1] ?? [])), ...callItem(call, id, notes)];
    }),
  ];
}

/** Each text an item of its own: what an assistant has said is given back as a string. */
function textsOf(message: JsonNode, notes: Notes): readonly JsonFields[] {
  const content = get(message, 'content');
  const parts = partsOf(content, notes).flatMap((part): readonly JsonFields[] => {
    if (part['type'] === 'input_text') return [{ role: 'assistant', content: part['text'] }];
    notes.refuse(content ?? message, 'Responses is given back texts of an assistant alone');
    return [];
  });
  const refusal = get(message, 'refusal');
  if (!refusal) return parts;
  const id = `msg_${pathOf(message).replace(/\D/g, '')}`;
  return [...parts, { type: 'message', id, role: 'assistant', status: 'completed', content: [{ type: 'refusal', refusal: raw(refusal) }] }];
}

function callItem(call: Call, id: string, notes: Notes): readonly JsonFields[] {
  switch (call.kind) {
    case 'function': return [{ type: 'function_call', call_id: id, name: call.name, arguments: call.arguments }];
    case 'custom': return [{ type: 'custom_tool_call', call_id: id, name: call.name, input: call.arguments }];
    case 'unknown': {
      notes.refuse(call.node, 'Responses knows calls of functions and custom tools');
      return [];
    }
    default: return call.kind satisfies never;
  }
}

function resultOf(message: JsonNode, id: string, { notes, custom }: Reading): JsonFields {
  const failed = get(message, 'is_error');
  if (isTrue(failed)) notes.warn(failed ?? message, 'left out: in Responses only the text of a result says that it failed');
  const content = get(message, 'content');
  const output = content?.kind === 'string' ? raw(content) : partsOf(content, notes);
  return { type: custom.has(id) ? 'custom_tool_call_output' : 'function_call_output', call_id: id, output };
}

/** Reasoning items that the client kept: the details of one item have its id. */
function ownThoughts(message: JsonNode, { rules, notes }: Replaying): readonly Json[] {
  const kept = new Map<string, Thought[]>();
  for (const thought of thoughtsOf(message)) {
    if (thought.family === rules.family) kept.set(thought.id ?? '', [...(kept.get(thought.id ?? '') ?? []), thought]);
    else notes.warn(thought.node, thought.family === '' ? 'left out: nobody has vouched for it' : 'left out: it belongs to another provider');
  }
  return [...kept].flatMap(([id, thoughts]): readonly Json[] => {
    const encrypted = thoughts.find(({ data }) => data !== '');
    if (encrypted) return [{ type: 'reasoning', id: id === '' ? undefined : id, summary: summaryOf(thoughts), encrypted_content: encrypted.data }];
    for (const { node } of thoughts) notes.warn(node, 'left out: thoughts without their encrypted content cannot be given back');
    return [];
  });
}

const summaryOf = (thoughts: readonly Thought[]): readonly JsonFields[] =>
  thoughts.flatMap(({ kind, text }) => (kind === 'summary' ? [{ type: 'summary_text', text }] : []));
