/** Who goes before whom: one order of everything that waits. */

/**
 * - `owed`: the priority has had less than its reserved share.
 * - `aged`: the job has waited longer than its priority says. Behind the owed, so that reserved shares hold even when everybody
 *   has waited too long; by the time of ageing, so that the wait of one is bounded by those that aged before it.
 * - `ranked`: by rank.
 */
export const URGENCIES = ['owed', 'aged', 'ranked'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** The place of a job inside its priority. */
export interface Turn {
  /** Service its tenant has had: the least goes first. */
  readonly service: number;
  readonly createdAt: number;
  /** Unique: settles ties, so that decisions do not depend on the order in which jobs were told of. */
  readonly id: string;
}

export function hasTurnBefore(a: Turn, b: Turn): boolean {
  if (a.service !== b.service) return a.service < b.service;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return a.id < b.id;
}

export interface Standing {
  readonly urgency: Urgency;
  /** 0 is the most urgent. */
  readonly rank: number;
  /** When it aged or will, epoch ms; compared between the aged alone. */
  readonly agesAt: number;
  readonly turn: Turn;
}

const place = (urgency: Urgency): number => URGENCIES.indexOf(urgency);

export function goesBefore(a: Standing, b: Standing): boolean {
  if (a.urgency !== b.urgency) return place(a.urgency) < place(b.urgency);
  if (a.urgency === 'aged' && a.agesAt !== b.agesAt) return a.agesAt < b.agesAt;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return hasTurnBefore(a.turn, b.turn);
}
