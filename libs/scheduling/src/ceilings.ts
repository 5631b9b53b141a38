/** A priority never takes more of a shared limit than its ceiling. */
import { freesAt } from './account.ts';
import { demandOf } from './charge.ts';
import { usedOf } from './pools.ts';
import type { Ask, Restraint } from './strategy.ts';

/** A call larger than the whole ceiling goes when nothing else of its priority counts, or it would wait for ever. */
export function ceilingOf(ask: Ask): Restraint | undefined {
  if (ask.pool.ceiling >= 100) return undefined;
  return partOf(ask, ask.pool.ceiling / 100, 'ceiling');
}

/** Does the call fit into this part of every shared limit, beside what its priority has used? */
export function partOf({ pool, group, reservation, now }: Ask, part: number, kind: 'ceiling' | 'share'): Restraint | undefined {
  for (const account of group.accounts) {
    const own = pool.parts.get(account);
    const demand = demandOf(account, reservation);
    if (own === undefined || demand === 0) continue;
    const most = Math.floor(account.amount * part);
    const short = usedOf(pool, account, now) + Math.min(demand, most) - most;
    if (short > 0) return { kind, account, until: freesAt(own, short) };
  }
  return undefined;
}
