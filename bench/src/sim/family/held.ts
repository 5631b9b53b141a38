/**
 * The simple policies: strict rank, and the last priority held back.
 *
 *   hold      this share of every limit is never given to the last priority
 *   forecast  nor what those above are expected to ask for within a horizon, less what the window frees by then
 *   pace      it goes out at no more than this share of each limit's rate, instead of all that is free at once
 *
 * With none of the three it is strict priority alone. The hold of a forecast is called its floor.
 */
import type { Choice, Chooser, Job, News, Policy, Terms } from '../policy.ts';
import { Demand } from './demand.ts';
import { type Account, demandOf, type Ledger, openLedger, takenOf } from './ledger.ts';
import { openQueues, type Queues } from './queues.ts';

export interface Held {
  /** Shares of the limit, 0 to 1. */
  readonly hold: number;
  readonly forecast: { readonly horizonMs: number; readonly sigmas: number } | null;
  /** Share of the rate; null: not paced. */
  readonly pace: number | null;
}

/** A job that waits for room is looked at again after at most this, ms. */
const TICK_MS = 20;
/** Weight of the newest call in what is believed of estimates. */
const NEWEST = 0.02;

export const heldPolicy = (name: string, how: Held): Policy => ({ name, start: (terms) => new HeldChooser(terms, how) });

class HeldChooser implements Chooser {
  readonly #how: Held;
  readonly #ledger: Ledger;
  readonly #queues: Queues;
  readonly #demands: readonly Demand[];
  /** The pace of each account: when the last priority may go again. */
  readonly #paced: Float64Array;
  /** Of each account: what calls took lately, as a share of what was expected of them. */
  readonly #truth: Float64Array;
  readonly #last: number;
  #closedUntil = 0;

  constructor(terms: Terms, how: Held) {
    const horizonMs = how.forecast?.horizonMs ?? 1_000;
    this.#how = how;
    this.#ledger = openLedger(terms, horizonMs);
    this.#queues = openQueues(terms.priorities.length);
    this.#demands = this.#ledger.accounts.map(() => new Demand(horizonMs));
    this.#paced = new Float64Array(this.#ledger.accounts.length);
    this.#truth = new Float64Array(this.#ledger.accounts.length).fill(1);
    this.#last = terms.priorities.length - 1;
  }

  choose(news: readonly News[], now: number): Choice {
    for (const one of news) this.#hear(one, now);
    const expired = this.#queues.expire(now);
    const granted: Job[] = [];
    if (now < this.#closedUntil) return { granted, expired, wakeAt: this.#closedUntil };
    for (let rank = 0; rank <= this.#last; rank += 1) {
      for (let job = this.#queues.first(rank); job !== undefined; job = this.#queues.first(rank)) {
        const wakeAt = this.#roomAt(job, now);
        if (wakeAt > now) return { granted, expired, wakeAt: Math.min(wakeAt, job.startBy) };
        this.#grant(job, now);
        granted.push(job);
      }
    }
    return { granted, expired, wakeAt: Number.POSITIVE_INFINITY };
  }

  #hear(news: News, now: number): void {
    this.#ledger.hear(news);
    if (news.kind === 'arrived') {
      this.#queues.add(news.job);
      if (news.job.priority.rank < this.#last && this.#how.forecast !== null) {
        this.#ledger.accounts.forEach(({ limit }, index) => this.#demands[index]?.arrive(demandOf(limit, news.job), now));
      }
    } else if (news.kind === 'ended') {
      this.#learn(news);
    } else if (news.kind === 'refused') {
      this.#queues.putBack(news.job);
      this.#closedUntil = Math.max(this.#closedUntil, now + news.retryAfterMs);
    }
  }

  /** Jobs of the last rank are held back, if there is another to hold them back for. */
  #isHeld({ priority }: Job): boolean {
    return this.#last > 0 && priority.rank === this.#last;
  }

  #learn({ job, inputTokens, outputTokens }: Extract<News, { kind: 'ended' }>): void {
    if (inputTokens === null || outputTokens === null) return;
    this.#ledger.accounts.forEach(({ limit }, index) => {
      const expected = demandOf(limit, job);
      const truth = this.#truth[index] ?? 1;
      if (expected > 0) this.#truth[index] = truth + NEWEST * (demandOf(limit, { ...job, inputTokens, outputTokens }) / expected - truth);
    });
  }

  /** Now when it fits, else when to look again. */
  #roomAt(job: Job, now: number): number {
    const isHeld = this.#isHeld(job);
    let at = now;
    this.#ledger.accounts.forEach((account, index) => {
      const demand = demandOf(account.limit, job);
      if (demand === 0) return;
      const allowed = account.limit.amount - (isHeld ? this.#heldOf(account, index, now) : 0);
      const short = takenOf(account, now) + demand - allowed;
      // One that is larger than all that is allowed goes when nothing else is charged: it would wait for ever.
      if (short > 0 && takenOf(account, now) > 0) at = Math.max(at, isHeld ? now + TICK_MS : Math.min(now + 1_000, Math.max(now + 1, account.ring.freesAt(short, now))));
      if (isHeld && this.#how.pace !== null) at = Math.max(at, this.#paced[index] ?? 0);
    });
    return at;
  }

  #heldOf({ limit, ring }: Account, index: number, now: number): number {
    const floor = this.#how.hold * limit.amount;
    if (this.#how.forecast === null) return floor;
    const expected = this.#demands[index]?.expected(this.#how.forecast.sigmas, now) ?? 0;
    return Math.max(floor, expected * (this.#truth[index] ?? 1) - ring.soon(now));
  }

  #grant(job: Job, now: number): void {
    this.#queues.take(job.priority.rank);
    this.#ledger.take(job);
    const { pace } = this.#how;
    if (pace === null || !this.#isHeld(job)) return;
    this.#ledger.accounts.forEach(({ limit }, index) => {
      if (limit.windowMs === 0) return;
      const spacingMs = (demandOf(limit, job) * (this.#truth[index] ?? 1) * limit.windowMs) / (limit.amount * pace);
      this.#paced[index] = Math.max(now, this.#paced[index] ?? 0) + spacingMs;
    });
  }
}
