/**
 * Fair turns between the tenants of a priority: whoever has had the least service, for its weight, goes next.
 *
 * Service is counted in the dominant resource, that is in the limit of which a call takes the largest share per unit of time
 * (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011), so a tenant of few large calls and one of many small ones get
 * the same part of what is scarce to each. It is charged as reserved when a call is granted and corrected when it is settled.
 * A tenant that comes back from idle starts at the least counter of those waiting (start-time fair queueing, Goyal et al., SIGCOMM
 * 1996), so idleness earns no credit; with nobody waiting, at the counter of the one served last.
 */
import type { Account } from './account.ts';
import type { Group } from './accounts.ts';
import { demandOf } from './charge.ts';
import type { Reservation } from './types.ts';

export interface Tenant {
  readonly name: string;
  /** Shares of a minute of the dominant limit, by weight. */
  service: number;
  /** Lanes of it with known heads. */
  lanes: number;
}

export interface Tenants {
  readonly byName: Map<string, Tenant>;
  /** The counter at which the one served last began. */
  servedAt: number;
}

export const openTenants = (): Tenants => ({ byName: new Map(), servedAt: 0 });

/** Idle tenants are looked through once there are this many; those that would be lifted anyway are forgotten. */
const FORGET_ABOVE = 1_000;

/** A lane of the tenant has work. `least`: the smallest counter of the tenants waiting in its priority, undefined when none is. */
export function join(tenants: Tenants, name: string, least: number | undefined): Tenant {
  const from = least ?? tenants.servedAt;
  const tenant = tenants.byName.get(name) ?? { name, service: from, lanes: 0 };
  if (tenant.lanes === 0) tenant.service = Math.max(tenant.service, from);
  tenant.lanes += 1;
  if (!tenants.byName.has(name)) {
    if (tenants.byName.size >= FORGET_ABOVE) forgetIdle(tenants, from);
    tenants.byName.set(name, tenant);
  }
  return tenant;
}

function forgetIdle({ byName }: Tenants, least: number): void {
  for (const [name, { lanes, service }] of byName) if (lanes === 0 && service <= least) byName.delete(name);
}

/**
 * The part of a minute that a call takes of the limit it takes most of. Concurrency counts only where nothing else does: it is
 * held for a time that nobody knows before.
 */
export function dominantShare({ accounts }: Group, reservation: Reservation): number {
  let [windowed, held] = [0, 0];
  for (const account of accounts) {
    const { amount, kind, limit } = account;
    const part = amount > 0 ? demandOf(account, reservation) / amount : 0;
    if (kind === 'own' && limit.windowMs > 0) windowed = Math.max(windowed, (part * limit.windowMs) / MINUTE_MS);
    else if (isConcurrency(account)) held = Math.max(held, part);
  }
  return windowed || held;
}

const MINUTE_MS = 60_000;
const isConcurrency = ({ kind, limit }: Account): boolean => kind === 'own' && limit.dimension === 'concurrency';
