/** Randomness that repeats: the same words give the same number, in every run and on every machine. */

/** FNV-1a over UTF-16 units, then a final mix so that neighbouring inputs end far apart. 32 bits. */
export function hash(...words: readonly (string | number)[]): number {
  let h = 0x811c9dc5;
  for (const word of words) {
    const text = String(word);
    for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ 0x1f, 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** In [0, 1). */
export const chance = (...words: readonly (string | number)[]): number => hash(...words) / 0x1_0000_0000;

/** An id of digits and small letters. Cheap: every answer has two. */
export function randomId(length: number, ...words: readonly (string | number)[]): string {
  let id = '';
  for (let state = hash(...words); id.length < length; state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) {
    id += state.toString(36);
  }
  return id.slice(0, length);
}
