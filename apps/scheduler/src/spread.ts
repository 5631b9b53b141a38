/**
 * Who owns which connection: rendezvous hashing (Thaler and Ravishankar, IEEE/ACM ToN 1998). Every scheduler ranks all that are alive for each
 * connection in the same way, so that they agree without talking, and when one comes or goes only what is its own moves.
 */
import { createHash } from 'node:crypto';

/** How long a free lease waits for whoever stands before us in the ranking. */
const PATIENCE_MS = 750;

/** 0: it is ours to own; 1: ours if that one does not take it; and so on. */
export function rankOf(self: string, alive: readonly string[], connection: string): number {
  const own = weightOf(self, connection);
  return alive.filter((other) => other !== self && weightOf(other, connection) > own).length;
}

const weightOf = (scheduler: string, connection: string): string => createHash('sha256').update(`${scheduler}\n${connection}`).digest('hex');

/** Whether to try for a lease that has been free for so long. */
export const mayTake = (rank: number, freeForMs: number): boolean => freeForMs >= rank * PATIENCE_MS;
