/**
 * No queue at all: everybody sends at once and, when refused, tries again after a doubling pause with jitter. The endless priority
 * is a pool of workers, as a batch script runs it.
 */
import { Agenda } from '../agenda.ts';
import type { Choice, Chooser, Job, News, Policy, Terms } from '../policy.ts';
import { randomFrom } from '../random.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
const SEED = 7;
/** Calls of the last priority in flight or pausing at a time. */
const WORKERS = 16;

export default { name: 'retrying clients', start: startClients } satisfies Policy;

function startClients({ priorities }: Terms): Chooser {
  const random = randomFrom(SEED);
  const last = priorities.length - 1;
  const again = new Agenda<Job>();
  const tries = new Map<number, number>();
  const bulk: Job[] = [];
  let busy = 0;

  const isBulk = ({ priority }: Job): boolean => last > 0 && priority.rank === last;

  const hear = (news: News, now: number): void => {
    const { job } = news;
    switch (news.kind) {
      case 'arrived':
        if (isBulk(job)) bulk.push(job);
        else again.add(now, job);
        return;
      case 'sent': return;
      case 'ended':
        tries.delete(job.id);
        if (isBulk(job)) busy -= 1;
        return;
      case 'refused': {
        const failed = (tries.get(job.id) ?? 0) + 1;
        tries.set(job.id, failed);
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failed - 1));
        again.add(now + Math.ceil(pauseMs * (0.5 + random())), job);
        return;
      }
      default: return news satisfies never;
    }
  };

  return {
    choose(news, now): Choice {
      for (const one of news) hear(one, now);
      for (; busy < WORKERS && bulk.length > 0; busy += 1) {
        const job = bulk.shift();
        if (job !== undefined) again.add(now, job);
      }
      const granted: Job[] = [];
      const expired: Job[] = [];
      while (again.nextAt <= now) {
        const job = again.take();
        if (job === undefined) break;
        const late = job.startBy <= now;
        if (late && isBulk(job)) busy -= 1;
        (late ? expired : granted).push(job);
      }
      return { granted, expired, wakeAt: again.nextAt };
    },
  };
}
