/**
 * The signatures that Gemini wants back on its calls: from the call itself, from the client's `reasoning_details`, else from memory.
 * Where all have lost them, the newest models refuse the request unless the documented stand-in takes their place.
 */
import { thoughtsOf, type Call } from '../../formats/chat/read-message.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { rawText } from '../../leaf/json-write.ts';
import type { Replaying } from './turns.ts';

/** https://ai.google.dev/gemini-api/docs/thought-signatures: validation is skipped, and with it the thoughts. */
const SENTINEL = 'skip_thought_signature_validator';

/** One for each call, in order. Of calls made at once only the first is signed. */
export function signaturesOf(message: JsonNode, calls: readonly Call[], replaying: Replaying): readonly (string | undefined)[] {
  const { memory, rules, notes } = replaying;
  const [first] = calls;
  if (!first) return [];
  const own = thoughtsOf(message).filter(({ family, data }) => family === rules.family && data !== '');
  const found = calls.map((call, index) => {
    if (rules.family !== 'google') return undefined;
    const byId = own.find(({ id }) => id === call.id) ?? (index === 0 ? own.find(({ id }) => id === undefined) : undefined);
    return call.signature ?? byId?.data ?? fromMemory(memory.get(call.id));
  });
  if (found.some((signature) => signature !== undefined) || !rules.mayUseSentinel) return found;
  notes.warn(first.node, 'without the thoughts that led to it: their signature is not known any more');
  return [SENTINEL, ...found.slice(1)];
}

function fromMemory(remembered: ReturnType<Replaying['memory']['get']>): string | undefined {
  if (remembered?.family !== 'google' || remembered.format !== 'gemini') return undefined;
  return stringOf(get(rawText(remembered.blocks)?.node.items[0], 'thoughtSignature'));
}
