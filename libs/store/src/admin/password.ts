/** Passwords at rest: argon2id with OWASP's parameters (19 MiB, 2 passes), about 40 ms of a core on a thread of its own. */
import argon2 from 'argon2';

const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const hashPassword = (password: string): Promise<string> => argon2.hash(password, COST);

/** Of a password that nobody has: what an unknown name is held against, so that it takes as long as a known one. */
let nobodys: Promise<string> | undefined;

export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const against = hash ?? await (nobodys ??= hashPassword('nobody'));
  const isRight = await argon2.verify(against, password);
  return isRight && hash !== undefined;
}
