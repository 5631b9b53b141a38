/** Numbers for a text: the same for the same text, of length 1, near each other for nothing in particular. */
import { chance, hash } from '../../random.ts';

export function vectorOf(text: string, dimensions: number): number[] {
  const seed = hash(text);
  const raw = Array.from({ length: dimensions }, (_, n) => chance(seed, n) * 2 - 1);
  const length = Math.hypot(...raw);
  return raw.map((value) => Math.fround(value / length));
}

/** As OpenAI packs them: 32-bit floats, lowest byte first. */
export const packed = (vector: readonly number[]): string => Buffer.from(new Float32Array(vector).buffer).toString('base64');
