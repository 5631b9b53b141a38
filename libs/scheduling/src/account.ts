/**
 * The account of one limit: what is taken of it now, whether a call fits, and when it will.
 *
 * A permit counts from the moment it is granted. Before its arrival at the provider is known the charge *floats*: it counts
 * without end. Once stamped it counts for as long as the window's model says.
 */
import type { Limit } from '@sluice/domain';
import { type Boundary, fixedAgeing, narrowed, slidingAgeing } from './ageing.ts';
import { Bucket, type Refill } from './bucket.ts';
import { chargeOf, demandOf, type Charge, type Usage } from './charge.ts';
import type { Charges } from './charges.ts';
import { Stamps } from './stamps.ts';
import type { LimitState, OutputCounting, Reservation } from './types.ts';

export interface Account {
  /** Of the limit it is kept for. */
  readonly limitId: string;
  readonly kind: LimitState['kind'];
  /** `windowMs` and `window` are this account's own; the amount that holds stands beside it, because it moves. */
  readonly limit: Limit;
  /** The part of the limit's amount that is allowed here: 1, that of a pace, or that of a bucket's burst. */
  readonly share: number;
  /** Whole, as all charges are, so that what frees up is exactly what was short. */
  amount: number;
  floating: number;
  readonly stamps: Charges;
  /** Where the provider's aligned windows begin. */
  boundary: Boundary;
}

/** The account of a limit and, where it has a pace, that of `amount × paceMs / windowMs` in any `paceMs` (never less than one
 *  call). */
export function openAccounts(state: LimitState): readonly Account[] {
  const { limit } = state;
  const { paceMs, windowMs } = limit;
  const account = open(state, { limit, share: limit.window === 'bucket' ? (limit.burst ?? limit.amount) / limit.amount : 1 });
  if (paceMs === undefined || windowMs <= 0) return [account];
  return [account, open(state, { limit: { ...limit, windowMs: paceMs, window: 'sliding' }, share: paceMs / windowMs })];
}

function open({ id, kind, limit: { amount } }: LimitState, { limit, share }: { limit: Limit; share: number }): Account {
  const account: Account = {
    limitId: id, kind, limit, share, amount: 0, floating: 0, boundary: undefined, stamps: chargesOf(limit, () => account.boundary),
  };
  allow(account, amount);
  return account;
}

function chargesOf({ window, windowMs, amount, burst }: Limit, boundary: () => Boundary): Charges {
  // Without a window nothing is ever stamped: what is held is held from grant to settlement.
  if (windowMs <= 0) return new Stamps(slidingAgeing(0));
  switch (window) {
    case 'sliding': return new Stamps(slidingAgeing(windowMs));
    case 'fixed': return new Stamps(fixedAgeing(windowMs, boundary));
    case 'bucket': return new Bucket(refillOf({ amount, windowMs, size: burst ?? amount }));
    default: return window satisfies never;
  }
}

const refillOf = ({ amount, windowMs, size }: { amount: number; windowMs: number; size: number }): Refill =>
  ({ perMs: Math.max(0, amount) / windowMs, size: Math.max(0, size) });

/** Sets the account to an amount of its limit. Any part of one lets one call through at a time; the margin is for division's
 *  loss. */
export function allow(account: Account, amount: number, now = Number.NEGATIVE_INFINITY): void {
  account.amount = amount <= 0 ? 0 : Math.max(1, Math.floor(amount * account.share + 1e-9));
  const { stamps, limit: { windowMs } } = account;
  if (stamps instanceof Bucket) stamps.refillAt(refillOf({ amount, windowMs, size: account.amount }), now);
}

/** The provider said that the window it is in ends between the two times (epoch ms). Means something for `fixed` alone. */
export function learnBoundary(account: Account, heard: { readonly earliest: number; readonly latest: number }): void {
  if (account.limit.window === 'fixed') account.boundary = narrowed(account.boundary, heard, account.limit.windowMs);
}

export const takenOf = (account: Account, now: number): number => account.floating + account.stamps.total(now);

/** What is missing for this call: at most 0 when it fits. One larger than the whole limit fits when nothing else is charged, or
 *  it would wait for ever. */
export function shortOf(account: Account, reservation: Reservation, now: number): number {
  const demand = demandOf(account, reservation);
  if (demand === 0) return 0;
  if (account.amount <= 0) return Number.POSITIVE_INFINITY;
  return takenOf(account, now) + Math.min(demand, account.amount) - account.amount;
}

/** When time alone will have freed what is short; Infinity when only an event can. */
export const freesAt = (account: Account, short: number): number => account.stamps.freesAt(short);

/** What will still be taken at a later time if nothing but time happens. */
export const takenAt = (account: Account, at: number): number => account.floating + account.stamps.leftAt(at);

/** Charges a permit as far as it has come; `sign` −1 takes exactly that back. */
export function charge(account: Account, usage: Usage, { counting, sign }: { counting: OutputCounting; sign: 1 | -1 }): void {
  if (sign === 1) move(account, NOTHING, timed(account, usage, counting));
  else move(account, timed(account, usage, counting), NOTHING);
}

/** Charges a permit anew that has come further. Only what differs moves, so what has long been refilled is not charged twice. */
export function recharge(account: Account, { before, after }: { before: Usage; after: Usage }, counting: OutputCounting): void {
  move(account, timed(account, before, counting), timed(account, after, counting));
}

interface Timed extends Charge {
  readonly arrivedAt: number | null;
  readonly endedAt: number | null;
}

const NOTHING: Timed = { floating: 0, atArrival: 0, atEnd: 0, arrivedAt: null, endedAt: null };

/** Field by field: this is the hottest line of a decision, and a spread costs ten times as much. */
function timed(account: Account, usage: Usage, counting: OutputCounting): Timed {
  const { floating, atArrival, atEnd } = chargeOf(account, usage, counting);
  return { floating, atArrival, atEnd, arrivedAt: usage.arrivedAt, endedAt: usage.endedAt };
}

function move(account: Account, from: Timed, to: Timed): void {
  account.floating += to.floating - from.floating;
  moveStamp(account.stamps, [from.arrivedAt, from.atArrival], [to.arrivedAt, to.atArrival]);
  moveStamp(account.stamps, [from.endedAt, from.atEnd], [to.endedAt, to.atEnd]);
}

type Stamp = readonly [at: number | null, amount: number];

function moveStamp(stamps: Charges, [fromAt, taken]: Stamp, [toAt, given]: Stamp): void {
  if (fromAt !== null && fromAt === toAt) return stamps.add(fromAt, given - taken);
  if (fromAt !== null) stamps.add(fromAt, -taken);
  if (toAt !== null) stamps.add(toAt, given);
}
