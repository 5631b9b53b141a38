/**
 * The signatures that Gemini wants back on its calls: from the call itself, from the client's `reasoning_details`, else from memory.
 * Where all have lost them, the newest models refuse the request unless the documented stand-in takes their place.
 */
import type { Said } from '../../formats/chat/conversation.ts';
import { plainReasoning, signatureOf, thoughtsOf } from '../../formats/chat/read-message.ts';
import type { Replaying } from '../../formats/chat/replay.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { blocksKept } from '../../leaf/remembered.ts';

/** https://ai.google.dev/gemini-api/docs/thought-signatures: validation is skipped, and with it the thoughts. */
const SENTINEL = 'skip_thought_signature_validator';

export interface Signatures {
  /** Of the text of a turn. */
  readonly text: string | undefined;
  /** One for each call, in order. Of calls made at once only the first is signed. */
  readonly calls: readonly (string | undefined)[];
}

export function signaturesOf({ message, calls }: Said, replaying: Replaying): Signatures {
  warnOfThoughts(message, calls.length > 0, replaying);
  const own = thoughtsOf(message).filter(({ family, data }) => family === replaying.rules.family && data !== '');
  // Of a turn without calls, as a client kept it among its details.
  const text = signatureOf(message) ?? (calls.length === 0 ? own.at(-1)?.data : undefined);
  return { text, calls: ofCalls({ message, calls }, own, replaying) };
}

function ofCalls({ calls }: Said, own: ReturnType<typeof thoughtsOf>, { memory, rules, notes }: Replaying): Signatures['calls'] {
  const [first] = calls;
  if (!first) return [];
  const found = calls.map(({ call }, index) => {
    if (rules.family !== 'google') return undefined;
    const byId = own.find(({ id }) => id === call.id) ?? (index === 0 ? own.find(({ id }) => id === undefined) : undefined);
    const [kept] = blocksKept(memory, call.id, { family: 'google', format: 'gemini' });
    return call.signature ?? byId?.data ?? stringOf(get(kept, 'thoughtSignature'));
  });
  if (found.some((signature) => signature !== undefined) || !rules.mayUseSentinel) return found;
  notes.warn(first.call.node, 'without the thoughts that led to it: their signature is not known any more');
  return [SENTINEL, ...found.slice(1)];
}

/** Readable thoughts are not given back: Gemini wants its signatures, and nothing else. A text takes one, calls take one each. */
function warnOfThoughts(message: JsonNode, hasCalls: boolean, { notes, rules }: Replaying): void {
  const all = thoughtsOf(message);
  const own = all.filter(({ family, kind }) => family === rules.family && kind === 'encrypted');
  const given = new Set(hasCalls ? own : own.slice(-1));
  for (const thought of all) if (!given.has(thought)) notes.warn(thought.node, SIGNATURES_ALONE);
  const plain = plainReasoning(message);
  if (plain) notes.warn(plain, SIGNATURES_ALONE);
}

const SIGNATURES_ALONE = 'left out: Gemini is given back its own signatures alone';
