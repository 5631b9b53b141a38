/** A priority never takes more of a shared limit than its ceiling. */
import { type Account, freesAt } from './account.ts';
import { demandOf } from './charge.ts';
import { usedOf } from './pools.ts';
import type { Ask, Restraint } from './strategy.ts';

export function ceilingOf(ask: Ask): Restraint | undefined {
  const { ceiling, parts } = ask.pool;
  if (ceiling >= 100) return undefined;
  for (const account of ask.group.accounts) {
    const own = parts.get(account);
    const short = own === undefined ? 0 : shortIn(ask, account, ceiling / 100);
    if (own !== undefined && short > 0) return { kind: 'ceiling', account, until: freesAt(own, short) };
  }
  return undefined;
}

/** What is missing for the call in this part of the limit, beside what its priority has used; at most 0 when it fits. One larger
 *  than the whole part goes when nothing else of its priority counts, or it would wait for ever. */
export function shortIn({ pool, reservation, now }: Ask, account: Account, part: number): number {
  const demand = demandOf(account, reservation);
  const most = Math.floor(account.amount * part);
  return demand === 0 ? 0 : usedOf(pool, account, now) + Math.min(demand, most) - most;
}
