/** What settled calls have taught about each (connection, model): written by the owner, read by every ingress. */
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import type { Learned } from './ports.ts';

export async function readLearned(redis: Redis, keys: Keys): Promise<ReadonlyMap<string, Learned>> {
  const fields = await redis.hgetall(keys.learned);
  return new Map(Object.entries(fields).map(([name, text]) => [name, JSON.parse(text) as Learned])); // written by saveLearned
}
