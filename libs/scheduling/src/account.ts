/**
 * The account of one limit: what is taken of it now, whether a call fits, and when it will.
 *
 * A permit counts from the moment it is granted. Before its arrival at the provider is known the charge *floats*: it counts
 * without end. Once stamped it counts for one window. Fixed and bucket windows are held as sliding ones, which allow nothing that
 * the others forbid.
 */
import type { Limit } from '@sluice/domain';
import { chargeOf, demandOf, type Usage } from './charge.ts';
import { Stamps } from './stamps.ts';
import type { LimitState, OutputCounting, Reservation } from './types.ts';

export interface Account {
  /** Of the limit it is kept for. */
  readonly limitId: string;
  readonly kind: LimitState['kind'];
  /** `windowMs` is this account's own; the amount that holds stands beside it, because it moves. */
  readonly limit: Limit;
  /** The part of the limit's amount that is allowed here: 1, or that of a pace. */
  readonly share: number;
  /** Whole, as all charges are, so that what frees up is exactly what was short. */
  amount: number;
  floating: number;
  readonly stamps: Stamps;
}

/** The account of a limit and, where it has a pace, that of `amount × paceMs / windowMs` in any `paceMs` (never less than one
 *  call). */
export function openAccounts(state: LimitState): readonly Account[] {
  const { paceMs, windowMs } = state.limit;
  const account = open(state, { windowMs, share: 1 });
  if (paceMs === undefined || windowMs <= 0) return [account];
  return [account, open(state, { windowMs: paceMs, share: paceMs / windowMs })];
}

function open({ id, kind, limit }: LimitState, { windowMs, share }: { windowMs: number; share: number }): Account {
  const account: Account = {
    limitId: id, kind, limit: { ...limit, windowMs }, share, amount: 0, floating: 0, stamps: new Stamps(windowMs),
  };
  allow(account, limit.amount);
  return account;
}

/** Sets the account to an amount of its limit. Any part of one lets one call through at a time; the margin is for division's
 *  loss. */
export function allow(account: Account, amount: number): void {
  account.amount = amount <= 0 ? 0 : Math.max(1, Math.floor(amount * account.share + 1e-9));
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

export interface Entry {
  readonly counting: OutputCounting;
  readonly sign: 1 | -1;
}

/** Charges a permit as far as it has come; `sign` −1 takes exactly that back. */
export function charge(account: Account, usage: Usage, entry: Entry): void {
  const { floating, atArrival, atEnd } = chargeOf(account, usage, entry.counting);
  account.floating += entry.sign * floating;
  if (usage.arrivedAt !== null) account.stamps.add(usage.arrivedAt, entry.sign * atArrival);
  if (usage.endedAt !== null) account.stamps.add(usage.endedAt, entry.sign * atEnd);
}
