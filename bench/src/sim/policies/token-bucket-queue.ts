/**
 * The queue that most applications write for themselves: requests and tokens a minute as buckets in memory, which start full and
 * refill evenly; the most urgent goes first, and after a refusal everything pauses.
 */
import { demandOf } from '../family/ledger.ts';
import { openQueues } from '../family/queues.ts';
import type { Choice, Chooser, Job, News, Policy, Terms } from '../policy.ts';

/** As the well-known script for parallel requests does. */
const PAUSE_MS = 15_000;
/** Waiting for calls to end is looked at this often, ms. */
const LOOK_MS = 50;

export default { name: 'token-bucket queue', start: startBuckets } satisfies Policy;

function startBuckets({ limits, priorities }: Terms): Chooser {
  const queues = openQueues(priorities.length);
  const buckets = limits.map((limit) => ({ limit, level: limit.amount, at: 0 }));
  let closedUntil = 0;

  const msUntilFits = (job: Job, now: number): number => Math.max(0, ...buckets.map((bucket) => {
    const { limit } = bucket;
    const demand = Math.min(demandOf(limit, job), limit.amount);
    if (limit.windowMs === 0) return bucket.level >= demand ? 0 : LOOK_MS;
    bucket.level = Math.min(limit.amount, bucket.level + ((now - bucket.at) * limit.amount) / limit.windowMs);
    bucket.at = now;
    return bucket.level >= demand ? 0 : Math.max(1, ((demand - bucket.level) * limit.windowMs) / limit.amount);
  }));

  const hear = (news: News, now: number): void => {
    if (news.kind === 'arrived') queues.add(news.job);
    if (news.kind === 'ended' || news.kind === 'refused') {
      for (const bucket of buckets) if (bucket.limit.windowMs === 0) bucket.level += 1;
    }
    if (news.kind !== 'refused') return;
    queues.putBack(news.job);
    closedUntil = now + PAUSE_MS;
  };

  return {
    choose(news, now): Choice {
      for (const one of news) hear(one, now);
      const expired = queues.expire(now);
      const granted: Job[] = [];
      for (let rank = 0; rank < queues.ranks; rank += 1) {
        for (let job = queues.first(rank); job !== undefined; job = queues.first(rank)) {
          const wakeAt = Math.max(closedUntil, now + msUntilFits(job, now));
          if (wakeAt > now) return { granted, expired, wakeAt: Math.min(wakeAt, job.startBy) };
          for (const bucket of buckets) bucket.level -= demandOf(bucket.limit, job);
          queues.take(rank);
          granted.push(job);
        }
      }
      return { granted, expired, wakeAt: Number.POSITIVE_INFINITY };
    },
  };
}
