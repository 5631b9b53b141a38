/**
 * Bookings: a head that does not fit is promised the earliest time at which it will, and others pass it only as far as that does
 * not move its time (EASY backfill: Lifka, "The ANL/IBM SP Scheduling System", JSSPP 1995). So a large call is neither starved by
 * small ones nor does it hold up what it would not have used.
 *
 * In one round, of a limit with a window of which a booked call at time T takes d, others may take what will be free at T beyond d,
 * if nothing but time happens:  spare = amount − taken(T) − d.  With several bookings that is the least of all T, with the d of all
 * that are booked until then. Of a limit that has left the windows of all that passes before T nothing is kept. A limit that
 * only an event can free (concurrency, slots, or charges that nobody has reported yet) has no time: nobody behind passes where the
 * booked call lacks room, and what it does not lack is not kept for it.
 */
import { type Account, freesAt, shortOf, takenAt } from './account.ts';
import type { Group } from './accounts.ts';
import { demandOf } from './charge.ts';
import type { Reservation } from './types.ts';

export interface Shortage {
  readonly account: Account;
  readonly short: number;
}

/** The limits that have no room for the call now. */
export function shortagesOf({ accounts }: Group, reservation: Reservation, now: number): readonly Shortage[] {
  const shortages: Shortage[] = [];
  for (const account of accounts) {
    const short = shortOf(account, reservation, now);
    if (short > 0) shortages.push({ account, short });
  }
  return shortages;
}

/** When time alone will have made room; Infinity when an event must. */
export const fitsAt = (shortages: readonly Shortage[]): number =>
  Math.max(...shortages.map(({ account, short }) => freesAt(account, short)));

/** When time alone next changes what is lacking: others may pass then. */
export const changesAt = (shortages: readonly Shortage[]): number =>
  Math.min(...shortages.map(({ account, short }) => freesAt(account, short)));

interface Kept {
  readonly at: number;
  readonly demand: number;
  /** What will be free then but for the bookings; −Infinity when nothing is to be taken before. */
  free: number;
}

/** What is kept of each limit in one round; an account that is absent is free to all. */
export type Bookings = Map<Account, Kept[]>;

/** The least that is left at a booked time, when those booked before it have gone. */
const spareOf = (kept: readonly Kept[]): number =>
  Math.min(...kept.map(({ at, free }) => kept.reduce((left, other) => (other.at <= at ? left - other.demand : left), free)));

/** May a call pass all that is booked? */
export function mayPass(bookings: Bookings, { accounts }: Group, reservation: Reservation): boolean {
  if (bookings.size === 0) return true;
  return accounts.every((account) => {
    const kept = bookings.get(account);
    return kept === undefined || demandOf(account, reservation) <= Math.max(0, spareOf(kept));
  });
}

/** A call that passes uses up what was spare. */
export function pass(bookings: Bookings, { accounts }: Group, reservation: Reservation): void {
  if (bookings.size === 0) return;
  for (const account of accounts) for (const kept of bookings.get(account) ?? []) kept.free -= demandOf(account, reservation);
}

export interface Wanted {
  readonly group: Group;
  readonly reservation: Reservation;
  readonly shortages: readonly Shortage[];
}

/** Keeps room for a call from `at` on. When time alone changes of what limits room is kept; Infinity: never. */
export function keepFor(bookings: Bookings, { group, reservation, shortages }: Wanted, { at, now }: { at: number; now: number }): number {
  const lacking = new Set(shortages.map(({ account }) => account));
  let changes = Number.POSITIVE_INFINITY;
  for (const account of group.accounts) {
    const demand = Math.min(demandOf(account, reservation), account.amount);
    if (demand <= 0) continue;
    const free = freeAt(account, { at, now, isLacking: lacking.has(account) });
    if (free !== undefined) bookings.set(account, [...bookings.get(account) ?? [], { at, demand, free }]);
    else if (Number.isFinite(at) && account.limit.windowMs > 0) changes = Math.min(changes, at - account.limit.windowMs);
  }
  return changes;
}

/** Undefined: nothing is kept of it. */
function freeAt(account: Account, { at, now, isLacking }: { at: number; now: number; isLacking: boolean }): number | undefined {
  if (at === Number.POSITIVE_INFINITY) return isLacking ? Number.NEGATIVE_INFINITY : undefined;
  const { windowMs } = account.limit;
  return windowMs > 0 && at - now <= windowMs ? account.amount - takenAt(account, at) : undefined;
}
