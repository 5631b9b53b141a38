/** Reserved shares first, then by rank under ceilings, with headroom for what is more urgent. */
import { ceilingOf } from '../ceilings.ts';
import { headroomOf, note, openHeadroom } from '../headroom.ts';
import type { Urgency } from '../order.ts';
import { isOwed } from '../pools.ts';
import type { Ask, Strategy } from '../strategy.ts';

export function weighted(): Strategy {
  const headroom = openHeadroom();
  return {
    oneLine: false, fair: true, urgencyOf,
    restraintOf: (ask, scene) => ceilingOf(ask) ?? headroomOf(headroom, ask, scene),
    granted: (ask, waitedMs) => note(headroom, ask, waitedMs),
  };
}

function urgencyOf({ pool, group, head, now }: Pick<Ask, 'pool' | 'group' | 'head' | 'now'>): Urgency {
  if (isOwed(pool, group, now)) return 'owed';
  return now >= head.createdAt + pool.agesAfterMs ? 'aged' : 'ranked';
}
