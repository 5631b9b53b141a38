/** What the feeder does with Redis: hold its lease, put kept jobs into lanes, look for what was lost. The contract stands in ports.ts. */
import { firstAttemptOf, ticketOf } from '@sluice/domain';
import { endKept } from './end-kept.ts';
import { followEpoch } from './epoch.ts';
import { addToLane, laneOf } from './lanes.ts';
import { STORE_KEPT } from './lua/attempt.ts';
import { ACQUIRE, RENEW } from './lua/owner.ts';
import type { OpenQueue } from './open.ts';
import type { FeederRole, KeptEntry } from './kept-port.ts';
import { startPressure } from './pressure.ts';
import { run } from './script.ts';
import { forgottenAt } from './submit.ts';

export interface FeederOptions {
  readonly feeder: string;
  /** A kept job was accepted. By pub/sub: fast, never right. */
  readonly onWake: () => void;
}

export async function openFeeder(queue: OpenQueue, { feeder, onWake }: FeederOptions): Promise<FeederRole> {
  const { redis, keys } = queue;
  const subscriber = queue.connect();
  subscriber.on('message', onWake);
  await subscriber.subscribe(keys.channels.feed);
  const pressure = startPressure(queue, () => 0);

  return {
    async acquire(leaseMs) {
      const fence = Number(await run(redis, ACQUIRE, [keys.feeder, `${keys.feeder}:fence`], [feeder, leaseMs]));
      return fence === 0 ? undefined : fence;
    },
    renew: async (fence, leaseMs) => (await run(redis, RENEW, [keys.feeder], [fence, leaseMs])) === 1,
    epoch: followEpoch(queue, () => Promise.resolve()),
    async put(fence, entries) {
      const put = await Promise.all(entries.map((entry) => putOne(queue, fence, entry)));
      return put.every(Boolean);
    },
    async absent(ids) {
      if (ids.length === 0) return [];
      const asked = redis.pipeline();
      for (const id of ids) asked.exists(keys.job(id));
      const answers = (await asked.exec()) ?? [];
      return ids.filter((_, index) => answers[index]?.[1] === 0);
    },
    end: (job, reason, error) => endKept(queue, job, { reason, error }),
    pressure: pressure.now,
    async stop() {
      pressure.stop();
      subscriber.disconnect();
    },
  };
}

/** Body and job first, then the ticket. False: fenced off. */
async function putOne(queue: OpenQueue, fence: number, { job, body, reply }: KeptEntry): Promise<boolean> {
  const { redis, keys } = queue;
  const attempt = firstAttemptOf(job);
  const stored = await run(redis, STORE_KEPT, [keys.job(job.id)], [job.id, attempt, reply, JSON.stringify(job), body, forgottenAt(job)]);
  if (stored === 0) return true;
  return addToLane(queue, laneOf(job, 0), { ticket: ticketOf(job, attempt, { route: 0, notBefore: 0 }), fenced: { lease: keys.feeder, fence } });
}
