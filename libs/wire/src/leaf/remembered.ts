/** Reasoning that a provider wants back with the tool call it led to, and that many clients drop: what is kept of it. */
import type { JsonNode } from './json-node.ts';
import { rawText } from './json-write.ts';
import type { Family } from './rules.ts';

export interface Remembered {
  /** As the client sees it. */
  readonly callId: string;
  /** Whose signatures these are: they go back to nobody else. */
  readonly family: Family;
  /** The format that its blocks are in: the same signature stands in another place of another format. */
  readonly format: 'messages' | 'converse' | 'responses' | 'gemini';
  /** JSON text of the provider's own blocks, an array. */
  readonly blocks: string;
}

/** What earlier answers left, by the id of the tool call as the client has it. */
export type Memory = ReadonlyMap<string, Remembered>;

/** The blocks kept with a call, where they are of this family and format; none otherwise. */
export function blocksKept(memory: Memory, callId: string, { family, format }: Pick<Remembered, 'family' | 'format'>): readonly JsonNode[] {
  const remembered = memory.get(callId);
  if (remembered?.family !== family || remembered.format !== format) return [];
  return rawText(remembered.blocks)?.node.items ?? [];
}
