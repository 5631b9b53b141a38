/**
 * Pools whose shares of the limit follow demand: a pool that used over half its share lately gets more, up to its ceiling, one
 * that used less gives back, down to what is reserved; shares never add up to more than the whole. Not work-conserving between
 * two looks: what a pool does not use stands empty until its share has moved.
 */
import type { Limit } from '@sluice/domain';
import { demandOf, openLedger, takenOf } from '../family/ledger.ts';
import { openQueues } from '../family/queues.ts';
import { Ring } from '../family/ring.ts';
import type { Choice, Chooser, Job, News, Policy, Terms } from '../policy.ts';

/** A pool may use its share of what the limits allow in this long, and its share moves at most this often, by this much of the whole. */
const LATELY_MS = 30_000;
const COOLDOWN_MS = 5_000;
const MOVE = 0.1;
/** Of its share: above it a pool grows, below it shrinks. */
const BUSY = 0.5;
/** A job that waits for room is looked at again after this, ms. */
const TICK_MS = 20;

interface Pool {
  share: number;
  readonly least: number;
  readonly most: number;
  movedAt: number;
  /** Granted lately, of each limit. */
  readonly used: readonly Ring[];
}

export default { name: 'adaptive token scaling', start: (terms) => new Pools(terms) } satisfies Policy;

class Pools implements Chooser {
  readonly #ledger: ReturnType<typeof openLedger>;
  readonly #queues: ReturnType<typeof openQueues>;
  readonly #pools: readonly Pool[];
  #closedUntil = 0;

  constructor(terms: Terms) {
    this.#ledger = openLedger(terms, 0);
    this.#queues = openQueues(terms.priorities.length);
    const reserved = terms.priorities.reduce((sum, priority) => sum + priority.reserved, 0);
    this.#pools = terms.priorities.map(({ reserved: percent, ceiling }): Pool => {
      const least = percent / Math.max(100, reserved);
      return { share: least, least, most: ceiling / 100, movedAt: Number.NEGATIVE_INFINITY, used: this.#ledger.accounts.map(() => new Ring(LATELY_MS, 0)) };
    });
  }

  choose(news: readonly News[], now: number): Choice {
    for (const one of news) this.#hear(one, now);
    const expired = this.#queues.expire(now);
    const granted: Job[] = [];
    if (now < this.#closedUntil) return { granted, expired, wakeAt: this.#closedUntil };
    let wakeAt = Number.POSITIVE_INFINITY;
    this.#pools.forEach((pool, rank) => {
      this.#scale(pool, now);
      for (let job = this.#queues.first(rank); job !== undefined; job = this.#queues.first(rank)) {
        if (!this.#fits(pool, job, now)) {
          wakeAt = now + TICK_MS;
          return;
        }
        this.#take(pool, job, now);
        granted.push(job);
      }
    });
    return { granted, expired, wakeAt };
  }

  #hear(news: News, now: number): void {
    this.#ledger.hear(news);
    if (news.kind === 'arrived') this.#queues.add(news.job);
    if (news.kind !== 'refused') return;
    this.#queues.putBack(news.job);
    this.#closedUntil = Math.max(this.#closedUntil, now + news.retryAfterMs);
  }

  /** Up when busy and there is a share left to give, down to what is reserved when not. */
  #scale(pool: Pool, now: number): void {
    if (now - pool.movedAt < COOLDOWN_MS) return;
    const busy = Math.max(0, ...this.#ledger.accounts.map(({ limit }, index) =>
      (pool.used[index]?.total(now) ?? 0) / Math.max(1, allowedOf(pool, limit))));
    const free = 1 - this.#pools.reduce((sum, { share }) => sum + share, 0);
    const wanted = busy > BUSY ? Math.min(pool.most, pool.share + Math.min(free, MOVE)) : Math.max(pool.least, pool.share - MOVE);
    if (wanted === pool.share) return;
    pool.share = wanted;
    pool.movedAt = now;
  }

  #fits(pool: Pool, job: Job, now: number): boolean {
    return this.#ledger.accounts.every((account, index) => {
      const demand = demandOf(account.limit, job);
      const used = pool.used[index]?.total(now) ?? 0;
      const isShared = account.limit.windowMs > 0 && demand > 0;
      return takenOf(account, now) + demand <= account.limit.amount
        && (!isShared || used === 0 || used + demand <= allowedOf(pool, account.limit));
    });
  }

  #take(pool: Pool, job: Job, now: number): void {
    this.#queues.take(job.priority.rank);
    this.#ledger.take(job);
    this.#ledger.accounts.forEach(({ limit }, index) => pool.used[index]?.add(now, demandOf(limit, job)));
  }
}

/** A pool's share, normalised from the limit's window to that in which use is looked at. */
const allowedOf = ({ share }: Pool, { amount, windowMs }: Limit): number => (share * amount * LATELY_MS) / Math.max(1, windowMs);
