/**
 * Signatures of thoughts. Providers take back only what they signed themselves, so the simulator looks too: a gateway that
 * hands a thought to a foreign provider, or loses half of it, is found out.
 */
import { hash, randomId } from '../random.ts';

export type Family = 'openai' | 'anthropic' | 'google';

/** Base64, of a length and look like the real ones. */
export const sign = (family: Family, ...words: readonly (string | number)[]): string =>
  Buffer.from(`${family}:${hash(...words)}:${randomId(48, family, ...words)}`).toString('base64');

export const isSignedBy = (family: Family, signature: string): boolean =>
  Buffer.from(signature, 'base64').toString().startsWith(`${family}:`);
