/** What an owner publishes each second: metrics, and the table from which ingress tells positions and times. */
import type { Priority } from '@sluice/domain';
import type { EtaTable } from '@sluice/queue';
import type { LimitUse } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { limitId } from './capacity.ts';
import { waitingLanes, type Desk } from './desk.ts';

export const etaTable = (desk: Desk, at: number, grantsPerSecond: number): EtaTable => ({
  at, grantsPerSecond,
  lanes: waitingLanes(desk).map(({ lane, rank, waiting, oldestAt }) => ({ lane, rank, waiting, oldestAt })),
});

export interface Told {
  readonly priorities: readonly Priority[];
  readonly limits: readonly LimitUse[];
  readonly open: number;
}

export function tellMetrics(metrics: SchedulerMetrics, desk: Desk, { priorities, limits, open }: Told): void {
  const { name } = desk.connection;
  const waiting = new Map(priorities.map((priority) => [priority.name, 0]));
  for (const lane of waitingLanes(desk)) waiting.set(lane.priority, (waiting.get(lane.priority) ?? 0) + lane.waiting);
  for (const [priority, jobs] of waiting) metrics.waiting(name, priority, jobs);
  metrics.openPermits(name, open);
  const use = new Map(limits.map((limit) => [limit.id, limit]));
  for (const limit of desk.connection.limits) {
    const used = use.get(limitId(limit));
    if (!used) continue;
    const { dimension, model, windowMs } = limit;
    metrics.limitUsed({ connection: name, dimension, model: model ?? null, windowMs, share: used.taken / used.amount });
  }
}
