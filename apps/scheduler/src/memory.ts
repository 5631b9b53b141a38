/**
 * What an owner remembers of its permits: the open ones, to settle and withdraw them, and the closed ones until their
 * charges are free again, because their records in Redis are what the next owner rebuilds the windows from.
 */
import type { Granted } from '@sluice/queue';

export interface Memory {
  readonly open: (granted: Granted) => void;
  readonly find: (grant: number) => Granted | undefined;
  /** Settled or withdrawn: its charges are free at `freeAt` (epoch ms), and from then on it may be forgotten. Again: nothing. */
  readonly close: (grant: number, freeAt: number) => void;
  readonly drop: (grant: number) => void;
  /** Closed permits whose charges are free by now, at most `limit`; they are forgotten here with this call. */
  readonly takeFree: (now: number, limit: number) => readonly number[];
}

export function openMemory(): Memory {
  const permits = new Map<number, Granted>();
  const closed = new Set<number>();
  // Closed in about the order in which they get free: one that is a little late only waits for its turn.
  let queue: { grant: number; freeAt: number }[] = [];
  let next = 0;
  return {
    open: (granted) => { permits.set(granted.g, granted); },
    find: (grant) => permits.get(grant),
    close(grant, freeAt) {
      if (!permits.has(grant) || closed.has(grant)) return;
      closed.add(grant);
      queue.push({ grant, freeAt });
    },
    drop: (grant) => { permits.delete(grant); },
    takeFree(now, limit) {
      const free: number[] = [];
      for (let entry = queue[next]; entry && entry.freeAt <= now && free.length < limit; entry = queue[next]) {
        free.push(entry.grant);
        permits.delete(entry.grant);
        closed.delete(entry.grant);
        next += 1;
      }
      if (next > 10_000) { queue = queue.slice(next); next = 0; }
      return free;
    },
  };
}
