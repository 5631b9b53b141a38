/**
 * The priorities as they share a connection: what each may count on, what it has used of every limit, and its tenants.
 *
 * Shares are percent of every *minute limit*: a limit of the connection's own with a window of at most ten minutes. Longer ones,
 * concurrency, paces, slots and what other owners lend are not shared out: they hold whoever comes.
 */
import type { Limit, Priority } from '@sluice/domain';
import { takenOf, type Account } from './account.ts';
import { chargeAll, noAccounts, reopen, takeBack, type Accounts, type Group } from './accounts.ts';
import type { Usage } from './charge.ts';
import { openTenants, type Tenants } from './tenants.ts';
import type { Capacity, LimitState, Whose } from './types.ts';

/** Longer limits are budgets: a share of a day is not something to keep free. */
const LONGEST_SHARED_MS = 600_000;

export interface Pool {
  readonly id: string;
  readonly priority: string;
  rank: number;
  /** Percent. */
  reserved: number;
  ceiling: number;
  agesAfterMs: number;
  /** What this priority has taken of the shared limits, each held as sliding. */
  used: Accounts;
  /** Of each shared account of the connection this priority's part. */
  parts: ReadonlyMap<Account, Account>;
  readonly tenants: Tenants;
}

export interface Pools {
  readonly byId: Map<string, Pool>;
  /** The configured priorities, by name. */
  configured: ReadonlyMap<string, Priority>;
  /** All priorities stand in one line. */
  oneLine: boolean;
}

export const noPools = (): Pools => ({ byId: new Map(), configured: new Map(), oneLine: false });

/** What the priorities' parts are opened under. */
export interface Shared {
  readonly accounts: Accounts;
  readonly capacity: Capacity;
  readonly lent: ReadonlyMap<string, number>;
}

const isShared = ({ kind, limit }: Account): boolean =>
  kind === 'own' && limit.windowMs > 0 && limit.windowMs <= LONGEST_SHARED_MS;

/** The priority a job belongs to, made when it is first heard of. One that is not configured has no share and no ceiling. */
export function poolOf(pools: Pools, whose: Whose, shared: Shared): Pool {
  const configured = pools.configured.get(whose.priority);
  const id = pools.oneLine ? '*' : configured ? whose.priority : `${whose.priority}~${whose.rank}`;
  const known = pools.byId.get(id);
  if (known) return known;
  const pool: Pool = {
    id, priority: pools.oneLine ? '*' : whose.priority, rank: pools.oneLine ? 0 : whose.rank, reserved: 0, ceiling: 100,
    agesAfterMs: Number.POSITIVE_INFINITY, used: noAccounts, parts: new Map(), tenants: openTenants(),
  };
  pools.byId.set(id, pool);
  openPool(pools, pool, shared);
  return pool;
}

/** The priorities or limits changed: what each has used is carried over, as in `reopen`. */
export function reopenPools(pools: Pools, priorities: readonly Priority[], shared: Shared): void {
  pools.configured = new Map(priorities.map((priority) => [priority.name, priority]));
  for (const { name: priority, rank } of priorities) poolOf(pools, { priority, rank, tenant: '', weight: 1 }, shared);
  for (const pool of pools.byId.values()) openPool(pools, pool, shared);
}

function openPool(pools: Pools, pool: Pool, { accounts, capacity, lent }: Shared): void {
  const configured = pools.configured.get(pool.id);
  if (configured) {
    const { rank, reserved, ceiling, agesAfterMs } = configured;
    Object.assign(pool, { rank, reserved, ceiling, agesAfterMs: agesAfterMs ?? Number.POSITIVE_INFINITY });
  }
  const limits = capacity.limits.filter(({ kind }) => kind === 'own').map((state): LimitState => ({ ...state, limit: asSliding(state.limit) }));
  pool.used = reopen(pool.used, { ...capacity, limits }, lent);
  const byLimit = new Map(pool.used.all.map((account) => [account.limitId, account]));
  pool.parts = new Map(accounts.all.filter(isShared).flatMap((account) => {
    const part = byLimit.get(account.limitId);
    // A limit and its pace have one name; of the two the limit is shared.
    byLimit.delete(account.limitId);
    return part ? [[account, part] as const] : [];
  }));
}

/** A share is of what was used lately, whatever the provider's own way of counting. */
const asSliding = ({ paceMs: _pace, ...limit }: Limit): Limit => ({ ...limit, window: 'sliding' });

/** What the priority has taken of a shared limit in its window. */
export function usedOf(pool: Pool, account: Account, now: number): number {
  const part = pool.parts.get(account);
  return part === undefined ? 0 : takenOf(part, now);
}

/** Does it have less than its reserved share of each limit that covers the group? Then it goes before those that have theirs. */
export function isOwed(pool: Pool, { accounts }: Group, now: number): boolean {
  if (pool.reserved <= 0) return false;
  let shared = 0;
  for (const account of accounts) {
    if (!pool.parts.has(account)) continue;
    shared += 1;
    if (usedOf(pool, account, now) >= (pool.reserved / 100) * account.amount) return false;
  }
  return shared > 0;
}

export const chargePool = (pool: Pool, usage: Usage): void => chargeAll(pool.used, usage);
export const takeBackFromPool = (pool: Pool, usage: Usage): void => takeBack(pool.used, usage);
