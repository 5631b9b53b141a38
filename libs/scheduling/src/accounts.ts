/**
 * All accounts of a connection, and which of them cover a model. A call must fit every account that covers it and takes from
 * all at once. Models that no limit names share one group; jobs of one group always wait for the same limits, so the scheduler
 * looks at groups and not at models.
 */
import { type Account, allow, charge, openAccounts, recharge } from './account.ts';
import type { Usage } from './charge.ts';
import type { Capacity, OutputCounting, Reservation } from './types.ts';

/** The models that are covered by the same accounts. */
export interface Group {
  /** The model, or `*` for all that no limit names. */
  readonly name: string;
  readonly accounts: readonly Account[];
}

export interface Accounts {
  readonly counting: OutputCounting;
  readonly all: readonly Account[];
  readonly groups: ReadonlyMap<string, Group>;
  /** Of limits that span connections, by whom they belong to. Changed in place: there may be one for each key. */
  readonly scoped: Scoped;
}

export type Scoped = Map<string, readonly Account[]>;

const ANY = '*';

export const noAccounts: Accounts = { counting: 'unknown', all: [], groups: new Map([[ANY, { name: ANY, accounts: [] }]]), scoped: new Map() };

/**
 * The accounts of a new capacity, with what was last lent of each limit that is lent. Charges already made are carried over,
 * except those of open permits, which must be taken back from the old accounts before and charged to the new ones after.
 */
export function reopen(old: Accounts, capacity: Capacity, lent: ReadonlyMap<string, number>): Accounts {
  const all = capacity.limits.filter(({ limit }) => limit.dimension !== 'cost').flatMap(openAccounts);
  for (const account of all) {
    allow(account, lent.get(account.limitId) ?? account.limit.amount);
    carryOver(old.all, account);
  }
  const named = new Set(all.flatMap(({ limit }) => limit.model ?? []));
  const groups = [ANY, ...named].map((name): Group => ({
    name, accounts: all.filter(({ limit }) => limit.model === undefined || limit.model === name),
  }));
  return { counting: capacity.outputCounting, all, groups: new Map(groups.map((group) => [group.name, group])), scoped: old === noAccounts ? new Map() : old.scoped };
}

/**
 * Takes over what an older account knows of the same dimension and model (of a limit that is lent: of the same limit). Of those
 * that look back far enough the one with the shortest window, whose sub-intervals are the finest; else the one that looks back
 * furthest: a longer window than any before can only know what they knew.
 */
function carryOver(old: readonly Account[], account: Account): void {
  const { dimension, model, windowMs } = account.limit;
  const kin = old.filter((o) => o.kind === account.kind && o.limit.dimension === dimension && o.limit.model === model
    && (account.kind === 'own' || o.limitId === account.limitId)).sort((a, b) => a.limit.windowMs - b.limit.windowMs);
  const source = kin.find((o) => o.limit.windowMs >= windowMs) ?? kin.at(-1);
  account.boundary = kin.find((o) => o.limit.windowMs === windowMs)?.boundary;
  for (const [at, amount] of source?.stamps.entries() ?? []) account.stamps.add(at, amount);
}

/** The group of a model. Every set of accounts has the group of all models. */
export function groupOf(accounts: Accounts, model: string): Group {
  const group = accounts.groups.get(model) ?? accounts.groups.get(ANY);
  if (group === undefined) throw new Error('accounts without the group of all models');
  return group;
}

/** All that cover a call: those of the connection, and those of whoever else it belongs to. */
export function coveringOf(accounts: Accounts, reservation: Pick<Reservation, 'model' | 'scopes'>): readonly Account[] {
  const own = groupOf(accounts, reservation.model).accounts;
  const others = scopedOf(accounts, reservation);
  return others.length === 0 ? own : [...own, ...others];
}

/** Those of limits that span connections. */
export function scopedOf({ scoped }: Accounts, { model, scopes }: Pick<Reservation, 'model' | 'scopes'>): readonly Account[] {
  if (scopes === undefined || scoped.size === 0) return [];
  return scopes.flatMap((scope) => scoped.get(scope) ?? []).filter(({ limit }) => limit.model === undefined || limit.model === model);
}

/** Charges a permit to every account that covers it. */
export const chargeAll = (accounts: Accounts, usage: Usage): void => enter(accounts, usage, 1);
/** Takes back what the permit, as it stands, was charged. */
export const takeBack = (accounts: Accounts, usage: Usage): void => enter(accounts, usage, -1);

/** Charges a permit anew that has come further. */
export function rechargeAll(accounts: Accounts, before: Usage, after: Usage): void {
  for (const account of coveringOf(accounts, before.reservation)) recharge(account, { before, after }, accounts.counting);
}

function enter(accounts: Accounts, usage: Usage, sign: 1 | -1): void {
  const { counting } = accounts;
  for (const account of coveringOf(accounts, usage.reservation)) charge(account, usage, { counting, sign });
}

/** No charge made now counts for longer than this, ms. */
export const longestWindow = (accounts: Accounts): number => Math.max(0, ...accounts.all.map(({ limit }) => limit.windowMs));

/** The amount now lent of a limit. */
export function lend({ all, scoped }: Accounts, limitId: string, amount: number): void {
  const scope = scopeOf(limitId);
  for (const account of scope === undefined ? all : scoped.get(scope) ?? []) if (account.limitId === limitId) allow(account, amount);
}

/** Of the id of a limit that spans connections. */
export function scopeOf(limitId: string): string | undefined {
  const cut = limitId.indexOf('|');
  return cut < 0 ? undefined : limitId.slice(0, cut);
}
