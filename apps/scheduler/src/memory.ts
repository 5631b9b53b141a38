/**
 * What an owner remembers of its permits: the open ones, to settle and withdraw them, and the settled ones until their
 * charges are free again, so that the next owner (or a Redis that lost its last second) can be told.
 */
import type { Granted, Settlement } from '@sluice/queue';

interface Remembered {
  readonly granted: Granted;
  settlement: Settlement | 'withdrawn' | undefined;
}

export interface Memory {
  readonly open: (granted: Granted) => void;
  readonly find: (grant: number) => Granted | undefined;
  /** Its charges are free at `freeAt` (epoch ms); from then on it may be forgotten. */
  readonly close: (grant: number, settlement: Settlement | 'withdrawn', freeAt: number) => void;
  readonly drop: (grant: number) => void;
  /** Permits whose charges are free by now, at most `limit`; they are forgotten here with this call. */
  readonly takeFree: (now: number, limit: number) => readonly number[];
  readonly all: () => IterableIterator<Readonly<Remembered>>;
}

export function openMemory(): Memory {
  const permits = new Map<number, Remembered>();
  // Closed in about the order in which they get free: one that is a little late only waits for its turn.
  const closed: { grant: number; freeAt: number }[] = [];
  let next = 0;
  return {
    open: (granted) => { permits.set(granted.g, { granted, settlement: undefined }); },
    find: (grant) => permits.get(grant)?.granted,
    close(grant, settlement, freeAt) {
      const permit = permits.get(grant);
      if (!permit || permit.settlement !== undefined) return;
      permit.settlement = settlement;
      closed.push({ grant, freeAt });
    },
    drop: (grant) => { permits.delete(grant); },
    takeFree(now, limit) {
      const free: number[] = [];
      for (let entry = closed[next]; entry && entry.freeAt <= now && free.length < limit; entry = closed[next]) {
        free.push(entry.grant);
        permits.delete(entry.grant);
        next += 1;
      }
      if (next > 10_000) { closed.splice(0, next); next = 0; }
      return free;
    },
    all: () => permits.values(),
  };
}
