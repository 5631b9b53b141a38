/**
 * An Embeddings answer of a provider that speaks the format, with its vectors as the client asked for them: not every provider knows
 * base64, and one sends nothing but 8-bit integers. What stands there already as it was asked for keeps every byte.
 */
import { packed, unpacked, unpackedInt8 } from '../formats/embeddings/answer.ts';
import type { Encoding } from '../formats/embeddings/read-request.ts';
import { itemsOf, JsonTextError, members, membersOf, type Span } from '../leaf/json-text.ts';

export interface Vectors {
  readonly asked: Encoding;
  /** How the provider says a vector that is a string. */
  readonly strings: 'float32' | 'int8';
}

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;

/** The same bytes where nothing has to change, or where it is no such answer. */
export function asAsked(answer: Buffer, { asked, strings }: Vectors): Buffer {
  const parts: Buffer[] = [];
  let done = 0;
  for (const { valueStart, valueEnd } of vectorsIn(answer)) {
    const text = answer.toString('latin1', valueStart, valueEnd);
    const changed = answer[valueStart] === QUOTE ? fromString(text, { asked, strings }) : answer[valueStart] === OPEN_BRACKET && asked === 'base64' ? quoted(packed(text)) : undefined;
    if (changed === undefined) continue;
    parts.push(answer.subarray(done, valueStart), Buffer.from(changed));
    done = valueEnd;
  }
  return parts.length === 0 ? answer : Buffer.concat([...parts, answer.subarray(done)]);
}

const quoted = (base64: string): string => `"${base64}"`;

/** Base64 needs no escapes, but `/` may have one. */
function fromString(text: string, { asked, strings }: Vectors): string | undefined {
  const base64 = text.slice(1, -1).replaceAll('\\', '');
  if (strings === 'int8') return asked === 'base64' ? quoted(packed(unpackedInt8(base64))) : unpackedInt8(base64);
  return asked === 'float' ? unpacked(base64) : undefined;
}

function vectorsIn(answer: Buffer): readonly Span[] {
  const data = levelOf(answer).findLast(({ key }) => key === 'data');
  return (data ? itemsOf(answer, data) : []).flatMap((item) => membersOf(answer, item).findLast(({ key }) => key === 'embedding') ?? []);
}

function levelOf(answer: Buffer) {
  try {
    return members(answer);
  } catch (error) {
    if (error instanceof JsonTextError) return []; // not ours to judge
    throw error;
  }
}
