/**
 * Drains the journal: every record into the audit, every attempt into the metrics. The two never wait for each other,
 * and while a store is away its records stay in the journal.
 */
import type { AttemptRecord, JournalRecord, Logger, MetricSink, Part } from '@sluice/domain';
import type { Drain, DrainOptions } from '@sluice/queue';
import type { Store } from '@sluice/store';
import { startBackfill } from './backfill.ts';

export interface DrainsOptions {
  readonly startDrain: (options: DrainOptions) => Promise<Drain>;
  readonly store: Pick<Store, 'writeAudit' | 'attemptsBetween'>;
  readonly sink: MetricSink;
  /** Unique per process start. */
  readonly consumer: string;
  readonly log: Logger;
}

const BATCH = 500;

export async function startDrains({ startDrain, store, sink, consumer, log }: DrainsOptions): Promise<Part> {
  const backfill = startBackfill({ store, sink, log });
  const audit = await startDrain({
    group: 'audit', consumer, batch: BATCH, maySkip: false,
    handle: (records) => store.writeAudit(records),
  });
  const metrics = await startDrain({
    group: 'metrics', consumer, batch: BATCH, maySkip: true,
    handle: (records, signal) => sink.write(attemptsIn(records), signal),
    onSkip: (from, to) => backfill.add(from, to),
  });
  return {
    async stop() {
      await Promise.all([audit.stop(), metrics.stop()]);
      await backfill.stop();
    },
  };
}

const attemptsIn = (records: readonly JournalRecord[]): readonly AttemptRecord[] =>
  records.filter((record) => record.kind === 'attempt');
