/**
 * Thoughts that go back to the model with the turn they belong to: from the client's `reasoning_details`, else from memory, else not at
 * all, and then the model must not be asked to think in this request, because it wants them at the head of the turn.
 */
import { plainReasoning, thoughtsOf, type Call, type Thought } from '../../formats/chat/read-message.ts';
import type { JsonNode } from '../../leaf/json-node.ts';
import { raw, rawText, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../notes.ts';
import type { RequestInput } from '../pair.ts';

export type Replaying = Pick<RequestInput, 'memory' | 'rules'> & { readonly notes: Notes };

/** What an assistant's message consists of, in the order in which the provider once said it. */
export interface Said {
  readonly texts: readonly JsonFields[];
  readonly calls: readonly { readonly call: Call; readonly block: JsonFields }[];
}

export interface Replayed {
  readonly blocks: readonly Json[];
  readonly hasThoughts: boolean;
}

export function withThoughts(message: JsonNode, said: Said, replaying: Replaying): Replayed {
  const others = [...said.texts, ...said.calls.map(({ block }) => block)];
  const thoughts = ownThoughts(message, replaying);
  if (thoughts.length > 0) return { blocks: inPlace(thoughts, others), hasThoughts: true };
  const remembered = said.calls.map(({ call }) => fromMemory(call, replaying));
  if (remembered.some((blocks) => blocks.length > 0)) {
    const [first = [], ...later] = remembered;
    const calls = said.calls.flatMap(({ block }, index) => [...(index === 0 ? [] : (later[index - 1] ?? [])), block]);
    return { blocks: [...first, ...said.texts, ...calls], hasThoughts: true };
  }
  const plain = plainReasoning(message);
  if (plain) replaying.notes.warn(plain, 'left out: thoughts without a signature cannot be given back');
  return { blocks: others, hasThoughts: false };
}

function ownThoughts(message: JsonNode, { rules, notes }: Replaying): readonly Thought[] {
  return thoughtsOf(message).filter((thought) => {
    const isSigned = thought.kind === 'encrypted' ? thought.data !== '' : thought.kind === 'text' && thought.signature !== '';
    if (thought.family === rules.family && isSigned) return true;
    notes.warn(thought.node, isSigned ? 'left out: it belongs to another provider' : 'left out: thoughts without a signature cannot be given back');
    return false;
  });
}

const blockOf = (thought: Thought): JsonFields => ({
  reasoningContent: thought.kind === 'encrypted' ? { redactedContent: thought.data } : { reasoningText: { text: thought.text, signature: thought.signature } },
});

/** Each thought at the index it once had, the rest in the gaps: thoughts between two calls must stay between them. */
function inPlace(thoughts: readonly Thought[], others: readonly JsonFields[]): readonly Json[] {
  const blocks: Json[] = [];
  const rest = [...others];
  for (const thought of thoughts) {
    const index = thought.index ?? 0;
    while (blocks.length < index && rest.length > 0 && blocks.length > 0) blocks.push(...rest.splice(0, 1));
    blocks.push(blockOf(thought));
  }
  return [...blocks, ...rest];
}

function fromMemory(call: Call, { memory, rules }: Replaying): readonly Json[] {
  const remembered = memory.get(call.id);
  if (remembered?.family !== rules.family || remembered.format !== 'converse') return [];
  return rawText(remembered.blocks)?.node.items.map(raw) ?? [];
}
