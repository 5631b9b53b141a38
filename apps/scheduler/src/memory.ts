/**
 * What an owner remembers of its permits: the open ones, to settle and withdraw them, and the closed ones until their
 * charges are free again, because their records in Redis are what the next owner rebuilds the windows from. What became of each is
 * remembered as well: when Redis loses its memory, this is what the windows are rebuilt from.
 */
import type { Granted, StoredPermit } from '@sluice/queue';

export interface Memory {
  readonly open: (granted: Granted) => void;
  readonly find: (grant: number) => Granted | undefined;
  /** Settled or withdrawn: its charges are free at `freeAt` (epoch ms), and from then on it may be forgotten. Again: nothing. */
  readonly close: (grant: number, freeAt: number) => void;
  readonly drop: (grant: number) => void;
  /** What was heard of a permit last. */
  readonly note: (grant: number, state: StoredPermit['state']) => void;
  readonly all: () => readonly StoredPermit[];
  /** Closed permits whose charges are free by now, at most `limit`; they are forgotten here with this call. */
  readonly takeFree: (now: number, limit: number) => readonly number[];
}

export function openMemory(): Memory {
  const permits = new Map<number, Granted>();
  const states = new Map<number, StoredPermit['state']>();
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
    drop: (grant) => { permits.delete(grant); states.delete(grant); },
    note: (grant, state) => { if (permits.has(grant)) states.set(grant, state); },
    // One that nothing was heard of may have been claimed and sent: it counts until its lease ends.
    all: () => [...permits.values()].map((granted) => ({ granted, state: states.get(granted.g) ?? { kind: 'claimed' } })),
    takeFree(now, limit) {
      const free: number[] = [];
      for (let entry = queue[next]; entry && entry.freeAt <= now && free.length < limit; entry = queue[next]) {
        free.push(entry.grant);
        permits.delete(entry.grant);
        states.delete(entry.grant);
        closed.delete(entry.grant);
        next += 1;
      }
      if (next > 10_000) { queue = queue.slice(next); next = 0; }
      return free;
    },
  };
}
