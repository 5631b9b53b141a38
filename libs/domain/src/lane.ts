/** A lane: the jobs of one connection, one priority and one tenant, in order of arrival. */
export interface Lane {
  readonly connection: string;
  readonly priority: string;
  readonly rank: number;
  readonly tenant: string;
  readonly weight: number;
}

/** The lane's name in Redis and BullMQ; no part may contain `:` (BullMQ) or `~` (the separator), which their schemas forbid. */
export const laneName = (lane: Lane): string =>
  ['lane', lane.connection, lane.rank, lane.priority, lane.tenant, lane.weight].join('~');

/** Throws on a name that `laneName` did not make: it would be our own bug. */
export function parseLane(name: string): Lane {
  const [kind, connection, rank, priority, tenant, weight] = name.split('~');
  if (kind !== 'lane' || !connection || !priority || !tenant) throw new Error(`not the name of a lane: ${name}`);
  return { connection, priority, rank: Number(rank), tenant, weight: Number(weight) };
}
