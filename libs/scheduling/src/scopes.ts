/**
 * Limits that span connections: of an API key, a resource, a source address. Each owner of a connection is lent a part of one, which it
 * spends as if it were a limit of its own; the parts together are never more than the limit, whoever lends them sees to that.
 *
 * There may be one for each of thousands of keys, so they stand beside the limits of the connection and are looked at with the jobs
 * they cover alone. A job whose scope has no room *rests*: it leaves its line, where it would hold up others that have nothing to do
 * with its limit, until time or news of the scope lets it in again.
 */
import { type Account, allow, freesAt, openAccounts, takenOf } from './account.ts';
import { scopedOf, scopeOf } from './accounts.ts';
import type { Shortage } from './bookings.ts';
import { demandOf } from './charge.ts';
import { reposition, type Strand, takeOut } from './lines.ts';
import { reserve } from './reserve.ts';
import { type State, taughtOf } from './state.ts';
import type { Event, LimitState, Reservation } from './types.ts';

interface Rest {
  readonly strands: Set<Strand>;
  /** When time alone may let them in. */
  at: number;
}

export interface Resting {
  /** By scope; one strand may stand under several. */
  readonly byScope: Map<string, Rest>;
  /** The earliest of their times, or before it. */
  nextAt: number;
}

export const noResting = (): Resting => ({ byScope: new Map(), nextAt: Number.POSITIVE_INFINITY });

/** What a scope allows was told. What was charged and lent of a limit that stays is kept. */
export function setScope({ accounts: { scoped }, lent }: State, { scope, limits }: Event & { kind: 'scope' }): void {
  const before = new Map((scoped.get(scope) ?? []).map((account) => [keyOf(account), account]));
  const after = limits.flatMap(openAccounts).map((account) => before.get(keyOf(account)) ?? withLent(account, lent.get(account.limitId) ?? 0));
  if (after.length > 0) return void scoped.set(scope, after);
  scoped.delete(scope);
  for (const { limitId } of before.values()) lent.delete(limitId);
}

const keyOf = ({ limitId, limit: { amount, windowMs } }: Account): string => `${limitId}/${amount}/${windowMs}`;

function withLent(account: Account, amount: number): Account {
  allow(account, amount);
  return account;
}

/** The shared limits that have no room for the call now. */
export function shortagesInScopes({ accounts }: State, reservation: Reservation, now: number): readonly Shortage[] {
  return scopedOf(accounts, reservation).flatMap((account) => {
    const short = takenOf(account, now) + Math.min(demandOf(account, reservation), wholeOf(account)) - account.amount;
    return short > 0 ? [{ account, short }] : [];
  });
}

/** What is lent when all is: a larger call goes when nothing else of it is charged anywhere. */
const wholeOf = ({ limit: { amount }, share }: Account): number => Math.max(1, Math.floor(amount * share));

/** Takes a strand out of its line until there may be room. */
export function rest(resting: Resting, strand: Strand, shortages: readonly Shortage[]): void {
  takeOut(strand);
  for (const { account, short } of shortages) {
    const scope = scopeOf(account.limitId) ?? '';
    const found = resting.byScope.get(scope) ?? { strands: new Set(), at: Number.POSITIVE_INFINITY };
    resting.byScope.set(scope, found);
    found.strands.add(strand);
    found.at = Math.min(found.at, freesAt(account, short));
    resting.nextAt = Math.min(resting.nextAt, found.at);
  }
}

/** Something happened to a scope: whoever rests for it is looked at again. */
export function wakeScope({ byScope }: Resting, scope: string): void {
  const found = byScope.get(scope);
  if (found === undefined) return;
  byScope.delete(scope);
  for (const strand of found.strands) reposition(strand);
}

/** Lets those in whose time has come. */
export function wakeResting(resting: Resting, now: number): void {
  if (now < resting.nextAt) return;
  resting.nextAt = Number.POSITIVE_INFINITY;
  for (const [scope, { at }] of [...resting.byScope]) {
    if (at <= now) wakeScope(resting, scope);
    else resting.nextAt = Math.min(resting.nextAt, at);
  }
}

export interface ScopeUse {
  readonly limit: LimitState['id'];
  readonly taken: number;
  /** By what waits now, as far as it is known. */
  readonly asked: number;
  readonly lent: number;
  /** Calls that it covers are open: what they take may still change. */
  readonly isOpen: boolean;
}

/** Does anybody wait for a shared limit? */
export const isAnyoneResting = ({ resting }: State): boolean => resting.byScope.size > 0;

/** What is used and asked for of each shared limit that is known here. */
export function useOfScopes(state: State, now: number): readonly ScopeUse[] {
  const { accounts, lanes, permits } = state;
  if (accounts.scoped.size === 0) return [];
  const asked = new Map<Account, number>();
  const open = new Set([...permits.open.values()].flatMap(({ reservation }) => reservation.scopes ?? []));
  for (const { jobs } of lanes.byName.values()) {
    for (const { head, state: is } of jobs) {
      if (is === 'gone' || head.scopes === undefined) continue;
      const reservation = reserve(head, accounts.counting, taughtOf(state, head.model));
      for (const account of scopedOf(accounts, reservation)) asked.set(account, (asked.get(account) ?? 0) + demandOf(account, reservation));
    }
  }
  return [...accounts.scoped.values()].flat().filter(isWhole).map((account) => ({
    limit: account.limitId, taken: takenOf(account, now), asked: asked.get(account) ?? 0, lent: account.amount,
    isOpen: open.has(scopeOf(account.limitId) ?? ''),
  }));
}

/** Not that of its pace, which goes by the same id. */
const isWhole = ({ share, limit: { window } }: Account): boolean => share === 1 || window === 'bucket';
