/** Reserved shares first, then by rank under ceilings, with headroom for what is more urgent. */
import { ceilingOf } from '../ceilings.ts';
import { isOwed } from '../pools.ts';
import type { Ask, Strategy } from '../strategy.ts';
import type { Urgency } from '../order.ts';

export const weighted = (): Strategy => ({
  oneLine: false, fair: true, urgencyOf, restraintOf: ceilingOf, granted: () => undefined,
});

function urgencyOf({ pool, group, head, now }: Pick<Ask, 'pool' | 'group' | 'head' | 'now'>): Urgency {
  if (isOwed(pool, group, now)) return 'owed';
  return now >= head.createdAt + pool.agesAfterMs ? 'aged' : 'ranked';
}
