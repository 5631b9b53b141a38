/**
 * Position and ETA of a waiting job, from the table its connection's owner publishes each second. Exact within the job's
 * own lane; of other lanes of the same priority, jobs are taken to have arrived evenly between the oldest and now.
 */
import type { OpenQueue } from './open.ts';
import type { EtaTable, Position } from './ports.ts';

const FRESH_MS = 2_000;

export interface Waiting {
  readonly connection: string;
  readonly lane: string;
  readonly id: string;
  readonly rank: number;
  readonly createdAt: number;
}

export async function positionOf(queue: OpenQueue, cache: Map<string, EtaTable>, job: Waiting): Promise<Position | undefined> {
  const { redis, keys, clock } = queue;
  const rank = await redis.zrank(`${keys.lane(job.lane)}:prioritized`, job.id);
  if (rank === null) return undefined;
  const now = clock.now();
  let table = cache.get(job.connection);
  if (!table || now - table.at > FRESH_MS) {
    const text = await redis.get(keys.eta(job.connection));
    table = text === null ? undefined : (JSON.parse(text) as EtaTable); // written by publishEta
    if (table) cache.set(job.connection, table);
  }
  return ahead(table, job, { inLane: rank, now });
}

/** Pure: how many go first, and when it is this job's turn at the present pace. */
export function ahead(table: EtaTable | undefined, job: Waiting, at: { inLane: number; now: number }): Position {
  let position = at.inLane;
  for (const other of table?.lanes ?? []) {
    if (other.lane === job.lane || other.rank > job.rank) continue;
    const span = Math.max(1, at.now - other.oldestAt);
    const older = other.rank < job.rank ? 1 : Math.min(1, Math.max(0, (job.createdAt - other.oldestAt) / span));
    position += Math.round(other.waiting * older);
  }
  const pace = table?.grantsPerSecond ?? 0;
  return { position, etaMs: pace > 0 ? Math.round(((position + 1) / pace) * 1000) : null };
}

