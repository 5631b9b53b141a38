/**
 * How much of each feed may be in Redis, and how far each has been read. Pure but for what it remembers.
 *
 * The cursor keeps a look from wading through what has left the feed (its index holds that until it is vacuumed). It goes
 * back to the beginning where a feed was read to its end, and now and then, because rows may be committed out of order.
 */
import type { FeedLoad, FeedQuestion, WaitingJob } from '@sluice/store';

/** In Redis together. */
const JOBS = 20_000;
const BYTES = 32 * 1024 * 1024;
/** In one round. */
const ROUND_JOBS = 128;
const ROUND_BYTES = 8 * 1024 * 1024;
const REWIND_EVERY_MS = 2_000;

interface Load {
  jobs: number;
  bytes: number;
}

export class Windows {
  #load = new Map<string, Load>();
  #cursors = new Map<string, string>();
  #rewoundAt = 0;

  /** What Postgres says is in Redis; between two of these, what is taken is added. */
  refresh(loads: readonly FeedLoad[]): void {
    this.#load = new Map(loads.map(({ feed, jobs, bytes }) => [feed, { jobs, bytes }]));
    if (performance.now() < this.#rewoundAt + REWIND_EVERY_MS) return;
    this.#rewoundAt = performance.now();
    this.#cursors.clear();
  }

  /** What may be taken now: every feed gets an equal part of the window and of the round. */
  questions(waiting: readonly string[]): readonly FeedQuestion[] {
    const total = [...this.#load.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (total >= BYTES || waiting.length === 0) return [];
    const feeds = new Set([...waiting, ...this.#load.keys()]).size;
    const most = Math.max(1, Math.floor(JOBS / feeds));
    const each = Math.max(1, Math.floor(ROUND_JOBS / waiting.length));
    const bytes = Math.floor(ROUND_BYTES / waiting.length);
    return waiting
      .map((feed) => ({ feed, after: this.#cursors.get(feed) ?? '', jobs: Math.min(each, most - (this.#load.get(feed)?.jobs ?? 0)), bytes }))
      .filter(({ jobs }) => jobs > 0);
  }

  /** True: a feed gave all that was asked of it, and may have more. */
  taken(asked: readonly FeedQuestion[], taken: readonly WaitingJob[]): boolean {
    let more = false;
    for (const { feed, jobs } of asked) {
      const own = taken.filter((each) => each.feed === feed);
      const last = own.at(-1);
      const load = this.#load.get(feed) ?? { jobs: 0, bytes: 0 };
      this.#load.set(feed, { jobs: load.jobs + own.length, bytes: load.bytes + own.reduce((sum, { body }) => sum + body.length, 0) });
      const isFull = own.length === jobs;
      if (last && isFull) this.#cursors.set(feed, last.job.id);
      else this.#cursors.delete(feed);
      more ||= isFull;
    }
    return more;
  }
}
