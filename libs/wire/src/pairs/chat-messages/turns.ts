/** A Chat conversation as system blocks and turns of Messages; results come first in theirs. */
import { conversationOf, type Given, type Said, type Turn } from '../../formats/chat/conversation.ts';
import { argumentsObject, type Thought } from '../../formats/chat/read-message.ts';
import { cacheMark } from '../../formats/chat/read-parts.ts';
import { withThoughts, type Replaying } from '../../formats/chat/replay.ts';
import { get, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';
import { blocksOf, resultOf, textsOf, withMark } from './content.ts';

const LISTENING = { target: 'Messages', legalId: /^[A-Za-z0-9_-]{1,64}$/, reads: ['cache_control'] } as const;

export interface Told {
  /** What stands before everything else. */
  readonly system: readonly Json[];
  readonly turns: readonly Json[];
  /** A loop of tools is open and its call came without the thoughts that led to it. */
  readonly hasLostThoughts: boolean;
}

export function turnsOf(root: JsonNode, replaying: Replaying): Told {
  const { notes, rules } = replaying;
  const { system, turns } = conversationOf(root, { ...LISTENING, notes, middleSystem: rules.middleSystem });
  let hasLostThoughts = false;
  const told = turns.flatMap((turn): readonly Json[] => {
    const { content, lost } = contentOf(turn, replaying);
    hasLostThoughts = lost ?? hasLostThoughts;
    return content.length > 0 ? [{ role: turn.role, content }] : [];
  });
  return { system: system.flatMap((message) => textsOf(message, notes)), turns: told, hasLostThoughts };
}

interface Content {
  readonly content: readonly Json[];
  /** Of an assistant: has it calls that came without thoughts? */
  readonly lost?: boolean;
}

function contentOf(turn: Turn, replaying: Replaying): Content {
  const { notes } = replaying;
  switch (turn.role) {
    case 'system': return { content: turn.messages.flatMap((message) => textsOf(message, notes)) };
    case 'user': {
      const results = turn.results.map(({ message, id }) => resultOf(message, id, notes));
      const heard = turn.messages.flatMap(({ message, isSystem }) =>
        isSystem ? textsOf(message, notes) : withMark(blocksOf(get(message, 'content'), notes), message));
      return { content: [...results, ...heard] };
    }
    case 'assistant': {
      const said = turn.messages.map((message) => saidBy(message, replaying));
      return { content: said.flatMap(({ blocks }) => blocks), lost: said.at(-1)?.isLost ?? false };
    }
    default: return turn satisfies never;
  }
}

function saidBy(said: Said, replaying: Replaying) {
  const { message, calls } = said;
  const texts = [...blocksOf(get(message, 'content'), replaying.notes), ...blocksOf(get(message, 'refusal'), replaying.notes)];
  const written = { texts: withMark(texts, message), calls: calls.map((given) => callBlock(given, replaying.notes)) };
  const { blocks, hasThoughts } = withThoughts(said, written, { ...replaying, format: 'messages', blockOf: thoughtBlock });
  return { blocks, isLost: calls.length > 0 && !hasThoughts };
}

const thoughtBlock = ({ kind, text, data, signature }: Thought): JsonFields =>
  kind === 'encrypted' ? { type: 'redacted_thinking', data } : { type: 'thinking', thinking: text, signature };

function callBlock({ call, id }: Given, notes: Notes): JsonFields {
  const mark = cacheMark(call.node);
  return { type: 'tool_use', id, name: call.name, input: argumentsObject(call, notes), cache_control: mark && raw(mark) };
}
