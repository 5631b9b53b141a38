/** What follows a recorded end, in any order and each repeatable: settle the permit, write the journal, add the next attempt. */
import { ticketOf, type AttemptRecord, type Frame, type Job, type JobRecord } from '@sluice/domain';
import { batched, groupBy } from './batch.ts';
import { crashPoint } from './crash-points.ts';
import { finishKept } from './finish-kept.ts';
import { addToLane, laneOf } from './lanes.ts';
import { SETTLE } from './lua/permit.ts';
import type { OpenQueue } from './open.ts';
import type { EndedAttempt, Granted, Settlement } from './ports.ts';
import { run } from './script.ts';

export interface Settling {
  readonly granted: Granted;
  readonly settlement: Settlement;
  readonly record: AttemptRecord | null;
  readonly jobRecord: JobRecord | null;
}

export type Settle = (settling: Settling) => Promise<void>;

const orEmpty = (record: AttemptRecord | JobRecord | null): string => (record ? JSON.stringify(record) : '');

/** Settles in batches: one script a connection and round trip. */
export function settler({ redis, keys, clock, recent }: OpenQueue): Settle {
  return batched<Settling, void>(64, async (items) => {
    for (const { record, jobRecord } of items) for (const one of [record, jobRecord]) if (one) recent.add(one);
    await Promise.all([...groupBy(items, ({ granted }) => granted.c)].map(([connection, group]) =>
      run(redis, SETTLE, [keys.permits(connection), keys.inbox(connection), keys.journal], [
        keys.channels.wake(connection),
        ...group.flatMap(({ granted, settlement, record, jobRecord }) =>
          [granted.g, JSON.stringify(granted), JSON.stringify(safely(settlement, clock.errorMs())), orEmpty(record), orEmpty(jobRecord)]),
      ])));
    return items.map(() => undefined);
  });
}

/** A worker's clock may be off by half a round trip: the arrival is told as late as it can have been. */
function safely(settlement: Settlement, errorMs: number): Settlement {
  if (settlement.kind === 'unsent') return settlement;
  return { ...settlement, arrivedAt: Math.ceil(settlement.arrivedAt + errorMs), endedAt: Math.ceil(settlement.endedAt + errorMs) };
}

export interface Following {
  readonly granted: Granted;
  readonly job: Job;
  readonly ended: EndedAttempt;
  /** The whole answer; null: to be read from its replay stream. */
  readonly frames: readonly Frame[] | null;
}

export async function followUp(queue: OpenQueue, settle: Settle, { granted, job, ended, frames }: Following): Promise<void> {
  const { next, end, jobRecord } = ended;
  const kept = end && jobRecord ? { job, end, record: jobRecord, frames } : undefined;
  // The permit first: other calls wait for it, also while Postgres is away.
  await settle({ granted, settlement: ended.settlement, record: ended.record, jobRecord: kept ? null : jobRecord });
  crashPoint('settle:settled');
  if (kept) return finishKept(queue, kept);
  if (next.kind === 'finish') return;
  const sameLane = job.routes[next.route]?.connection === granted.c;
  const ticket = ticketOf(job, granted.a + 1, next);
  await addToLane(queue, laneOf(job, next.route), { ticket, score: sameLane ? granted.sc : undefined });
  crashPoint('again:added');
}
