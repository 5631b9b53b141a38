/** The store as the apps see it. What each verb promises is told where it is written. */
import type { AttemptRecord, ChunkStore, JournalRecord, Logger, Part, Snapshot } from '@sluice/domain';
import type { ConfigurationFile } from '@sluice/domain/configuration-file';
import type { AdminVerbs } from './admin/verbs.ts';
import type { BatchVerbs } from './batch/verbs.ts';
import type { BudgetVerbs } from './budgets.ts';
import type { KeptJobs } from './jobs/kept-jobs.ts';
import type { FileVerbs } from './file/verbs.ts';
import type { Reconciled, ReconcileOptions } from './reconcile/reconcile.ts';
import type { WebhookVerbs } from './webhook/verbs.ts';

export interface StoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly log: Logger;
  /** Connections of this process at most; default 8. */
  readonly poolSize?: number;
  /** Where the bytes of files are; default: in Postgres. */
  readonly chunks?: ChunkStore;
}

export interface Store extends Part {
  /** Resolves when Postgres answers, rejects within 5 s when it does not. */
  ping(): Promise<void>;
  /** Names of the migrations that were applied. */
  migrate(): Promise<readonly string[]>;
  readSnapshot(): Promise<Snapshot>;
  configurationVersion(): Promise<number>;
  reconcile(file: ConfigurationFile, options: ReconcileOptions): Promise<Reconciled>;
  /** Resolves when all are committed; repeating any of them, in any order, changes nothing. */
  writeAudit(records: readonly JournalRecord[]): Promise<void>;
  /** Attempts that ended in `from ≤ t < to` (epoch ms), oldest first, in pages. */
  attemptsBetween(from: number, to: number): AsyncIterable<readonly AttemptRecord[]>;
  /** Into the stand-in of QuestDB's `attempts`; repeating changes nothing. */
  writeMetrics(rows: readonly AttemptRecord[], signal: AbortSignal): Promise<void>;
  /** Makes the partitions of yesterday, today and the coming days; to be called at start and each hour. */
  preparePartitions(now: number): Promise<void>;
  /** Drops the days of audit and metrics that ended before `now - retentionMs`; returns the tables dropped. */
  dropPartitionsOlderThan(retentionMs: number, now: number): Promise<readonly string[]>;
  /** Asynchronous and other kept work. */
  readonly jobs: KeptJobs;
  /** The installation's lasting value of that name: `value` if there was none, else the one that was fixed first. */
  fixInstallationValue(key: string, value: string): Promise<string>;
  readonly webhooks: WebhookVerbs;
  readonly files: FileVerbs;
  readonly batches: BatchVerbs;
  /** What the admin API asks and changes. */
  readonly admin: AdminVerbs;
  readonly budgets: BudgetVerbs;
}
