/** Who goes before whom: strict rank between priorities, arrival order inside one. */

export interface Standing {
  /** 0 is the most urgent. */
  readonly rank: number;
  readonly createdAt: number;
  /** Unique: settles ties, so that decisions do not depend on the order in which jobs were told of. */
  readonly id: string;
}

export function goesBefore(a: Standing, b: Standing): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return a.id < b.id;
}
