/**
 * Lanes: BullMQ queues, to which jobs are added with its own `add`, so that they can be looked at with BullMQ's tools.
 * No BullMQ worker stands on a lane; heads are read and moved by the scripts of the owner.
 *
 * Everything is added with priority 1: jobs then wait in a sorted set, from which the head is taken in 30 µs at any
 * depth (the oldest of a plain list of a million costs 14 ms), and "back to its place" is its old score.
 */
import { attemptId, laneName, type Job, type Lane, type Ticket } from '@sluice/domain';
import { Queue as BullQueue } from 'bullmq';
import { crashPoint } from './crash-points.ts';
import type { OpenQueue } from './open.ts';

const QUEUES_AT_MOST = 1_000;

/** As BullMQ stores them with a job; the scripts that put jobs back write the same. */
export const LANE_OPTIONS = { priority: 1, removeOnComplete: true, removeOnFail: true } as const;
export const storedLaneOptions = JSON.stringify({ ...LANE_OPTIONS, attempts: 0 });

export interface Lanes {
  /** Marks the lane active, adds the ticket, wakes the owner: in that order. `score`: the place it is to have. Adding twice changes nothing. */
  add(lane: Lane, ticket: Ticket, score?: number): Promise<void>;
  close(): Promise<void>;
}

/** The lane of a job's next attempt on one of its routes. */
export function laneOf(job: Job, route: number): Lane {
  const target = job.routes[route];
  if (!target) throw new Error(`job ${job.id} has no route ${route}`);
  return { connection: target.connection, priority: job.priority, rank: job.rank, tenant: job.tenant, weight: job.weight };
}

/** Member of `expiry` and `parked`: a lane and one of its jobs. */
export const memberOf = (lane: string, id: string): string => `${lane}|${id}`;

export function parseMember(member: string): { lane: string; id: string } {
  const cut = member.lastIndexOf('|');
  return { lane: member.slice(0, cut), id: member.slice(cut + 1) };
}

export function openLanes(queue: OpenQueue): Lanes {
  const { redis, keys, clock } = queue;
  const recent = new Map<string, BullQueue>();

  const queueOf = (name: string): BullQueue => {
    const found = recent.get(name) ?? new BullQueue(name, {
      connection: redis, prefix: keys.queues, skipVersionCheck: true, streams: { events: { maxLen: 0 } },
    });
    recent.delete(name);
    recent.set(name, found); // last used stands last
    if (recent.size > QUEUES_AT_MOST) {
      const [oldest, idle] = recent.entries().next().value as [string, BullQueue]; // the map is not empty here
      recent.delete(oldest);
      void idle.close();
    }
    return found;
  };

  return {
    async add(lane, ticket, score) {
      const name = laneName(lane);
      const id = attemptId(ticket.j, ticket.a);
      const marked = redis.pipeline()
        .zadd(keys.active(lane.connection), Math.round(clock.now()), name)
        .zadd(keys.expiry(lane.connection), ticket.s, memberOf(name, id))
        .exec();
      const added = queueOf(name).add(id, ticket, { ...LANE_OPTIONS, jobId: id });
      await Promise.all([marked, added]);
      if (score !== undefined) await redis.zadd(`${keys.lane(name)}:prioritized`, 'XX', score, id);
      crashPoint('enqueue:added');
      await redis.publish(keys.channels.wake(lane.connection), name);
      crashPoint('enqueue:woken');
    },
    async close() {
      await Promise.all([...recent.values()].map((each) => each.close()));
      recent.clear();
    },
  };
}
