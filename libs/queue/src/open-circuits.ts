/** Circuits that are open, told by the owners of connections each second and read by every ingress, so that calls with another way to go take it. */
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';

/** What an owner says holds for this long. */
const FRESH_MS = 5_000;

interface Entry {
  readonly at: number;
  readonly models: readonly string[];
}

/** `models`: of which nothing may be sent now, `*` for all. */
export async function tellOpenCircuits({ redis, keys }: { redis: Redis; keys: Keys }, connection: string, entry: Entry): Promise<void> {
  if (entry.models.length === 0) await redis.hdel(keys.openCircuits, connection);
  else await redis.hset(keys.openCircuits, connection, JSON.stringify(entry));
}

export type OpenCircuits = ReadonlyMap<string, readonly string[]>;

export async function readOpenCircuits({ redis, keys }: { redis: Redis; keys: Keys }, now: number): Promise<OpenCircuits> {
  const fields = Object.entries(await redis.hgetall(keys.openCircuits));
  return new Map(fields.flatMap(([connection, text]) => {
    const { at, models } = JSON.parse(text) as Entry; // written above
    return now - at < FRESH_MS ? [[connection, models] as const] : [];
  }));
}
