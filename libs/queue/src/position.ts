/** Position and ETA of a waiting job: its place in its lane, held against the outlook that its connection's owner publishes each second. */
import { foretell, type Outlook } from '@sluice/scheduling';
import type { OpenQueue } from './open.ts';
import type { Position } from './ports.ts';
import type { WaitingAt } from './waiting.ts';

const FRESH_MS = 500;

/** How many jobs of its lane stand before it, and the number that the lane has given it; undefined when it is not there any more. */
export async function standingIn({ redis, keys }: OpenQueue, { lane, id }: WaitingAt): Promise<{ readonly index: number; readonly place: number } | undefined> {
  const waiting = `${keys.lane(lane)}:prioritized`;
  const [index, place] = await Promise.all([redis.zrank(waiting, id), redis.zscore(waiting, id)]);
  return index === null || place === null ? undefined : { index, place: Number(place) };
}

export async function positionOf(queue: OpenQueue, cache: Map<string, Outlook>, job: WaitingAt & { readonly priority: string }): Promise<Position | undefined> {
  const { redis, keys, clock } = queue;
  const standing = await standingIn(queue, job);
  if (standing === undefined) return undefined;
  const now = clock.now();
  let outlook = cache.get(job.connection);
  if (!outlook || now - outlook.at > FRESH_MS) {
    const text = await redis.get(keys.eta(job.connection));
    outlook = text === null ? undefined : JSON.parse(text) as Outlook; // written by publishOutlook
    if (outlook) cache.set(job.connection, outlook);
    else cache.delete(job.connection);
  }
  return outlook ? foretell(outlook, { lane: job.lane, priority: job.priority, ...standing }, now) : { position: standing.index, etaMs: null, version: null };
}
