/**
 * The days of audit, jobs and metrics: made ahead, and dropped when no environment keeps them any longer; jobs are deleted as
 * soon as their own does not. At start and each hour.
 */
import type { Logger, Part, Snapshot } from '@sluice/domain';
import type { Store } from '@sluice/store';

const EVERY_MS = 3_600_000;

export interface RetentionOptions {
  readonly store: Pick<Store, 'preparePartitions' | 'dropPartitionsOlderThan' | 'jobs' | 'webhooks'>;
  readonly snapshot: () => Snapshot;
  readonly now: () => number;
  readonly log: Logger;
}

export function startRetention({ store, snapshot, now, log }: RetentionOptions): Part {
  const look = async (): Promise<void> => {
    await store.preparePartitions(now());
    const kept = snapshot().environments.map(({ settings }) => settings.retentionMs);
    if (kept.length === 0) return;
    const dropped = await store.dropPartitionsOlderThan(Math.max(...kept), now());
    await store.webhooks.dropDeliveries(Math.max(...kept));
    for (const { id, settings } of snapshot().environments) await store.jobs.forget(id, now() - settings.retentionMs);
    if (dropped.length > 0) log.info({ dropped }, 'days past their retention were dropped');
  };
  // Postgres may be away: rows make the days they need by themselves, and the next hour drops what is due.
  const again = () => look().catch((error: unknown) => log.warn({ error }, 'days of the audit were not looked after; tried again in an hour'));
  let running = again();
  const timer = setInterval(() => { running = again(); }, EVERY_MS);
  return { stop: async () => { clearInterval(timer); await running; } };
}
