/** The provider's own id of an answer, by which a client may ask for it later. */
import { isObject } from './leaf/check.ts';
import { dataOf } from './leaf/sse.ts';

/** In a whole answer, or in one event of a stream; null where it has none. */
export function answerIdIn(piece: Buffer): string | null {
  const text = piece[0] === OPEN_BRACE ? piece.toString() : dataOf(piece);
  if (text === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) && typeof parsed['id'] === 'string' && parsed['id'] !== '' ? parsed['id'] : null;
  } catch {
    return null; // the terminator of a stream, or nothing of ours to judge
  }
}

const OPEN_BRACE = 0x7b;
