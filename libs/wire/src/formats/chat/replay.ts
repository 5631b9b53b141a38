/**
 * Thoughts that go back to the model with the turn they belong to: from the client's `reasoning_details`, else from memory, else not at
 * all. Claude then must not be asked to think in this request, because it wants them at the head of the turn.
 */
import type { JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';
import { blocksKept, type Memory, type Remembered } from '../../leaf/remembered.ts';
import type { Rules } from '../../leaf/rules.ts';
import type { Said } from './conversation.ts';
import { plainReasoning, thoughtsOf, type Thought } from './read-message.ts';

export interface Replaying {
  readonly memory: Memory;
  readonly rules: Rules;
  readonly notes: Notes;
}

/** An assistant's message as the target says it, thoughts aside. */
export interface Written {
  readonly texts: readonly JsonFields[];
  /** One for each of its calls. */
  readonly calls: readonly JsonFields[];
}

/** How the target says a thought, and by what name its blocks are kept. */
export interface Thinking {
  readonly format: Remembered['format'];
  readonly blockOf: (thought: Thought) => JsonFields;
}

export interface Replayed {
  readonly blocks: readonly Json[];
  readonly hasThoughts: boolean;
}

/** Thoughts, texts and calls in the order in which the provider once said them. */
export function withThoughts({ message, calls }: Said, written: Written, { memory, rules, notes, format, blockOf }: Replaying & Thinking): Replayed {
  const others = [...written.texts, ...written.calls];
  const thoughts = ownThoughts(message, { rules, notes });
  if (thoughts.length > 0) return { blocks: inPlace(thoughts, others, blockOf), hasThoughts: true };
  const kept = calls.map(({ call }) => blocksKept(memory, call.id, { family: rules.family, format }).map(raw));
  if (kept.some((blocks) => blocks.length > 0)) {
    const [first = [], ...later] = kept;
    const spread = written.calls.flatMap((block, index): readonly Json[] => [...(index === 0 ? [] : (later[index - 1] ?? [])), block]);
    return { blocks: [...first, ...written.texts, ...spread], hasThoughts: true };
  }
  const plain = plainReasoning(message);
  if (plain) notes.warn(plain, UNSIGNED);
  return { blocks: others, hasThoughts: false };
}

const UNSIGNED = 'left out: thoughts without a signature cannot be given back';

/** Those that the target's own family has signed. */
function ownThoughts(message: JsonNode, { rules, notes }: Pick<Replaying, 'rules' | 'notes'>): readonly Thought[] {
  return thoughtsOf(message).filter((thought) => {
    const isSigned = thought.kind === 'encrypted' ? thought.data !== '' : thought.kind === 'text' && thought.signature !== '';
    if (thought.family === rules.family && isSigned) return true;
    notes.warn(thought.node, isSigned ? 'left out: it belongs to another provider' : UNSIGNED);
    return false;
  });
}

/** Each thought at the index it once had, the rest in the gaps: thoughts between two calls must stay between them. */
function inPlace(thoughts: readonly Thought[], others: readonly JsonFields[], blockOf: Thinking['blockOf']): readonly Json[] {
  const blocks: Json[] = [];
  let taken = 0;
  for (const thought of thoughts) {
    // The first thought stands at the head, whatever its index: it is what the provider looks for there.
    const index = blocks.length === 0 ? 0 : (thought.index ?? 0);
    for (; blocks.length < index && taken < others.length; taken++) blocks.push(...others.slice(taken, taken + 1));
    blocks.push(blockOf(thought));
  }
  return [...blocks, ...others.slice(taken)];
}
