/** A Chat conversation as Converse's system blocks and turns; results come first in theirs. */
import { conversationOf, type Said, type Turn } from '../../formats/chat/conversation.ts';
import { argumentsObject, type Thought } from '../../formats/chat/read-message.ts';
import { withThoughts, type Replaying } from '../../formats/chat/replay.ts';
import { get, type JsonNode } from '../../leaf/json-node.ts';
import type { Json, JsonFields } from '../../leaf/json-write.ts';
import { blocksOf, cachePoint, resultOf, textsOf } from './content.ts';

const LISTENING = { target: 'Converse', legalId: /^[A-Za-z0-9_-]{1,64}$/, reads: ['cache_control'], middleSystem: false } as const;

export interface Told {
  /** What stands before everything else. */
  readonly system: readonly Json[];
  readonly turns: readonly Json[];
  /** A loop of tools is open and its call came without the thoughts that led to it. */
  readonly hasLostThoughts: boolean;
}

export function turnsOf(root: JsonNode, replaying: Replaying): Told {
  const { notes } = replaying;
  const { system, turns } = conversationOf(root, { ...LISTENING, notes });
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
      const results = turn.results.flatMap(({ message, id }) => resultOf(message, id, notes));
      const heard = turn.messages.flatMap(({ message, isSystem }) =>
        isSystem ? textsOf(message, notes) : [...blocksOf(get(message, 'content'), notes), ...cachePoint(message)]);
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
  const written = {
    texts: [...texts, ...(texts.length > 0 ? cachePoint(message) : [])],
    calls: calls.map(({ call, id }) => ({ toolUse: { toolUseId: id, name: call.name, input: argumentsObject(call, replaying.notes) } })),
  };
  const { blocks, hasThoughts } = withThoughts(said, written, { ...replaying, format: 'converse', blockOf: thoughtBlock });
  return { blocks, isLost: calls.length > 0 && !hasThoughts };
}

const thoughtBlock = ({ kind, text, data, signature }: Thought): JsonFields => ({
  reasoningContent: kind === 'encrypted' ? { redactedContent: data } : { reasoningText: { text, signature } },
});
