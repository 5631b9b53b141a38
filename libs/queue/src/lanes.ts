/**
 * Lanes: BullMQ queues, so that they can be looked at with BullMQ's tools. No BullMQ worker stands on a lane; jobs are added,
 * read and moved by scripts of our own that write and read BullMQ's keys.
 *
 * Everything has priority 1: jobs then wait in a sorted set, from which the head is taken in 30 µs at any depth (the oldest of
 * a plain list of a million costs 14 ms), and "back to its place" is its old score.
 */
import { attemptId, laneName, type Job, type Lane, type Ticket } from '@sluice/domain';
import { crashPoint } from './crash-points.ts';
import { ADD_TO_LANE } from './lua/lane.ts';
import type { OpenQueue } from './open.ts';
import { run, type Call } from './script.ts';

/** As BullMQ stores them with a job. */
export const LANE_OPTIONS = { priority: 1, removeOnComplete: true, removeOnFail: true } as const;
export const storedLaneOptions = JSON.stringify({ ...LANE_OPTIONS, attempts: 0 });

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

/** Adds a ticket to its lane and wakes the owner. Adding twice changes nothing. False: fenced off. */
export async function addToLane(queue: OpenQueue, lane: Lane, place: Place): Promise<boolean> {
  const { script, keys, args } = addToLaneCall(queue, lane, place);
  const added = await run(queue.redis, script, keys, args);
  crashPoint('enqueue:added');
  return added !== -1;
}

export interface Place {
  readonly ticket: Ticket;
  /** The place it is to have. */
  readonly score?: number | undefined;
  /** The lease on whose behalf it is added. */
  readonly fenced?: { readonly lease: string; readonly fence: number };
}

export function addToLaneCall({ keys, clock }: OpenQueue, lane: Lane, { ticket, score, fenced }: Place): Call {
  const name = laneName(lane);
  const id = attemptId(ticket.j, ticket.a);
  return {
    script: ADD_TO_LANE, keys: [keys.lane(name), keys.active(lane.connection), keys.expiry(lane.connection), ...(fenced ? [fenced.lease] : [])],
    args: [
      id, JSON.stringify(ticket), storedLaneOptions, clock.now(), name, memberOf(name, id), ticket.s, score ?? '', keys.channels.wake(lane.connection),
      ...(fenced ? [fenced.fence] : []),
    ],
  };
}
