/**
 * When a priority will have had so much of each limit: what the limits supply, less what goes before it.
 *
 * Before it go all that waits with a better rank and what is expected to come to it meanwhile (as much as it took in the last window),
 * and what less urgent priorities are owed of their reserved shares. Never less is left than its own reserved share.
 */
import type { Account } from './account.ts';
import { type Accounts, coveringOf } from './accounts.ts';
import { demandOf } from './charge.ts';
import { isGate } from './gates.ts';
import { PACE } from './headroom.ts';
import { FLOOR } from './need.ts';
import { type Pool, usedOf } from './pools.ts';
import type { State } from './state.ts';
import { type Supply, supplyOf } from './supply.ts';
import type { Reservation } from './types.ts';

/** What waits in a priority, of each limit. */
export type Demands = ReadonlyMap<Account, number>;

export interface Crowd {
  readonly pool: Pool;
  readonly demands: Demands;
}

/** What a limit supplies, found once. */
export type Supplies = (account: Account) => Supply;

export function suppliesOf({ accounts: { counting }, tempo }: State, now: number): Supplies {
  const known = new Map<Account, Supply>();
  return (account) => {
    const supply = known.get(account) ?? supplyOf(account, { tempo, counting, now });
    known.set(account, supply);
    return supply;
  };
}

/** Gates and the slots that count until a call is sent hold nobody for long. */
const isCounted = ({ limitId, kind }: Account): boolean => kind !== 'unsent' && !isGate(limitId);

/** The limits that a call must wait for. */
export const awaitedBy = (accounts: Accounts, reservation: Reservation): readonly Account[] => coveringOf(accounts, reservation).filter(isCounted);

export function addDemand(demands: Map<Account, number>, awaited: readonly Account[], reservation: Reservation): void {
  for (const account of awaited) demands.set(account, (demands.get(account) ?? 0) + demandOf(account, reservation));
}

/** Of one priority: ms until it will have had so much of each limit; Infinity when that cannot be seen. */
export interface Starts {
  /** `awaited`: of which limits it is asked. */
  after(demands: Demands, awaited: Iterable<Account>): number;
}

export interface Under {
  readonly supplies: Supplies;
  /** Less urgent priorities go out evenly while others are in use. */
  readonly isPaced: boolean;
  readonly now: number;
}

export function startsOf(pool: Pool, crowds: readonly Crowd[], { supplies, isPaced, now }: Under): Starts {
  const left = new Map<Account, Supply>();
  const leftOf = (account: Account): Supply => {
    const supply = left.get(account) ?? leftFor(pool, crowds, { account, supply: supplies(account), isPaced, now });
    left.set(account, supply);
    return supply;
  };
  return {
    after(demands, awaited) {
      let latest = 0;
      for (const account of awaited) {
        const amount = demands.get(account) ?? 0;
        if (amount > 0) latest = Math.max(latest, timeOf(leftOf(account), amount));
      }
      return latest;
    },
  };
}

interface Of {
  readonly account: Account;
  readonly supply: Supply;
  readonly isPaced: boolean;
  readonly now: number;
}

function leftFor(pool: Pool, crowds: readonly Crowd[], { account, supply, isPaced, now }: Of): Supply {
  const before = crowds.filter((one) => one.pool.rank < pool.rank);
  const waiting = before.reduce((sum, { demands }) => sum + (demands.get(account) ?? 0), 0);
  const { windowMs } = account.limit;
  // As much as was used in the last window; reserved will be more.
  const perMs = windowMs > 0 ? before.reduce((sum, one) => sum + usedOf(one.pool, account, now) / windowMs, 0) / supply.kept : 0;
  const isHeld = isPaced && perMs > 0 && pool.parts.has(account);
  const pacePerMs = (PACE * account.amount) / windowMs;
  const behind = crowds.filter((one) => one.pool.rank > pool.rank);
  let most = 0;
  const points = supply.points.map((all, index) => {
    const inMs = index * supply.stepMs;
    const owed = behind.reduce((sum, one) => sum + Math.min(one.demands.get(account) ?? 0, owedOf(one.pool, account, { inMs, now })), 0);
    const rest = all - waiting - perMs * inMs - owed;
    const paced = isHeld ? Math.min(rest - FLOOR.first * account.amount, pacePerMs * inMs) : rest;
    most = Math.max(most, Math.min(all, Math.max(paced, owedOf(pool, account, { inMs, now }))));
    return most;
  });
  return { ...supply, points };
}

/** What is left of the reserved share by then. */
function owedOf(pool: Pool, account: Account, { inMs, now }: { inMs: number; now: number }): number {
  if (pool.reserved <= 0 || !pool.parts.has(account)) return 0;
  const share = (pool.reserved / 100) * account.amount;
  return Math.max(0, share - usedOf(pool, account, now)) + (share * inMs) / account.limit.windowMs;
}

function timeOf({ stepMs, points }: Pick<Supply, 'stepMs' | 'points'>, amount: number): number {
  const last = points.at(-1) ?? 0;
  if (amount > last) return beyond({ stepMs, points }, amount);
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] ?? 0) < amount) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const [from, to] = [points[low - 1] ?? 0, points[low] ?? 0];
  return (low - 1 + (amount - from) / (to - from)) * stepMs;
}

/** The last quarter goes on. */
function beyond({ stepMs, points }: Pick<Supply, 'stepMs' | 'points'>, amount: number): number {
  const [last, quarter] = [points.at(-1) ?? 0, Math.floor(points.length / 4)];
  const perStep = (last - (points.at(-1 - quarter) ?? 0)) / quarter;
  return perStep > 0 ? (points.length - 1 + (amount - last) / perStep) * stepMs : Number.POSITIVE_INFINITY;
}
