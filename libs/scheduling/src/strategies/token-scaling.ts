/**
 * Adaptive token scaling: each priority has a share of every shared limit that grows while it is used and shrinks while it is not,
 * between what is reserved and its ceiling. Shares never add up to more than the whole, and nobody takes more than its share, so
 * that what one does not use stands empty until the shares have moved.
 */
import { type Account, freesAt } from '../account.ts';
import { slidingAgeing } from '../ageing.ts';
import { shortIn } from '../ceilings.ts';
import { demandOf } from '../charge.ts';
import type { Pool } from '../pools.ts';
import { Stamps } from '../stamps.ts';
import type { Ask, Restraint, Scene, Strategy } from '../strategy.ts';

/** Use is looked at over this long, and compared with what the share allows in as long. */
const LATELY_MS = 30_000;
/** A share moves at most this often, by at most this part of the limit. */
const COOLDOWN_MS = 5_000;
const MOVE = 0.1;
/** Of its share: who uses more gets more. */
const BUSY = 0.5;

interface Share {
  /** Of the limit, 0 to 1. */
  part: number;
  movedAt: number;
  readonly lately: Stamps;
}

type Shares = Map<Account, Map<Pool, Share>>;

export function tokenScaling(): Strategy {
  const shares: Shares = new Map();
  return {
    oneLine: false, fair: true, urgencyOf: () => 'ranked',
    restraintOf: (ask, scene) => restraintOf(shares, ask, scene),
    granted({ pool, group, reservation, now }) {
      for (const account of group.accounts) shares.get(account)?.get(pool)?.lately.add(now, demandOf(account, reservation));
    },
  };
}

/** Shares are looked at whenever anybody asks, whether or not he may go then. */
function restraintOf(shares: Shares, ask: Ask, { pools }: Scene): Restraint | undefined {
  const { pool, group, now } = ask;
  for (const account of group.accounts) {
    const own = pool.parts.get(account);
    if (own === undefined) continue;
    const row = rowOf(shares, account, pools);
    for (const [one, share] of row) scale(one, share, { row, account, now });
    const share = row.get(pool);
    const short = share === undefined ? 0 : shortIn(ask, account, share.part);
    if (share === undefined || short <= 0) continue;
    return { kind: 'share', account, until: Math.max(now + 1, Math.min(freesAt(own, short), share.movedAt + COOLDOWN_MS, now + COOLDOWN_MS)) };
  }
  return undefined;
}

function rowOf(shares: Shares, account: Account, pools: Scene['pools']): Map<Pool, Share> {
  const row = shares.get(account) ?? new Map<Pool, Share>();
  shares.set(account, row);
  for (const pool of pools.values()) {
    if (row.has(pool)) continue;
    row.set(pool, { part: pool.reserved / 100, movedAt: Number.NEGATIVE_INFINITY, lately: new Stamps(slidingAgeing(LATELY_MS)) });
  }
  return row;
}

/** Up while it is busy and there is something left to give, down to what is reserved while it is not. */
function scale(pool: Pool, share: Share, { row, account, now }: { row: Map<Pool, Share>; account: Account; now: number }): void {
  if (now - share.movedAt < COOLDOWN_MS) return;
  const allowed = (share.part * account.amount * LATELY_MS) / account.limit.windowMs;
  const free = 1 - [...row.values()].reduce((sum, { part }) => sum + part, 0);
  const used = share.lately.total(now);
  const isBusy = used > 0 && used >= BUSY * allowed;
  const wanted = isBusy
    ? Math.min(pool.ceiling / 100, share.part + Math.max(0, Math.min(free, MOVE)))
    : Math.max(pool.reserved / 100, share.part - MOVE);
  if (wanted === share.part) return;
  share.part = wanted;
  share.movedAt = now;
}
