/**
 * How long after its last byte was sent a request may still arrive, for each connection: as configured, and longer once a
 * refusal has shown that it was too short (a provider that is busy looks at its limits later than the bytes came).
 */
import type { Connection } from '@sluice/domain';

/** Longer than this a request is not on its way: what is refused then has another cause. */
const LONGEST_MS = 1_000;

export interface Guards {
  msOf(connection: Connection): number;
  /** The provider refused a call at a limit although we had room for it. */
  refused(connection: Connection): void;
}

export function openGuards(): Guards {
  const grown = new Map<string, number>();
  const msOf = ({ id, guardMs }: Connection): number => Math.max(guardMs, grown.get(id) ?? 0);
  return {
    msOf,
    refused: (connection) => { grown.set(connection.id, Math.max(connection.guardMs, Math.min(2 * msOf(connection), LONGEST_MS))); },
  };
}
