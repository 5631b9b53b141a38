/** First come, first served, whatever the priority: a queue in front of the provider, and nothing more. */
import { openLedger, demandOf, takenOf } from '../family/ledger.ts';
import type { Choice, Chooser, Job, News, Policy, Terms } from '../policy.ts';

/** A job that waits for room is looked at again after at most this, ms. */
const LOOK_MS = 1_000;

export default { name: 'fifo', start: startFifo } satisfies Policy;

function startFifo(terms: Terms): Chooser {
  const ledger = openLedger(terms, 0);
  const waiting: Job[] = [];
  let closedUntil = 0;

  const roomAt = (job: Job, now: number): number => ledger.accounts.reduce((at, account) => {
    const short = takenOf(account, now) + demandOf(account.limit, job) - account.limit.amount;
    if (short <= 0 || takenOf(account, now) <= 0) return at;
    return Math.max(at, Math.min(now + LOOK_MS, Math.max(now + 1, account.ring.freesAt(short, now))));
  }, now);

  const hear = (news: News, now: number): void => {
    ledger.hear(news);
    if (news.kind === 'arrived') waiting.push(news.job);
    if (news.kind !== 'refused') return;
    waiting.unshift(news.job);
    closedUntil = Math.max(closedUntil, now + news.retryAfterMs);
  };

  return {
    choose(news, now): Choice {
      for (const one of news) hear(one, now);
      const granted: Job[] = [];
      const expired: Job[] = [];
      for (let job = waiting[0]; job !== undefined; job = waiting[0]) {
        const late = job.startBy <= now;
        const wakeAt = late ? now : Math.max(closedUntil, roomAt(job, now));
        if (wakeAt > now) return { granted, expired, wakeAt: Math.min(wakeAt, job.startBy) };
        waiting.shift();
        if (!late) ledger.take(job);
        (late ? expired : granted).push(job);
      }
      return { granted, expired, wakeAt: Number.POSITIVE_INFINITY };
    },
  };
}
