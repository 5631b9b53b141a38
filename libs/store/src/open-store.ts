import { type Kysely, sql } from 'kysely';
import { adminVerbs } from './admin/verbs.ts';
import { attemptsBetween } from './attempts-between.ts';
import { openDatabase } from './database.ts';
import { batchVerbs } from './batch/verbs.ts';
import { budgetVerbs } from './budgets.ts';
import { fileVerbs } from './file/verbs.ts';
import { migrate as migrateDatabase } from './migrate.ts';
import { openJobs } from './jobs/open-jobs.ts';
import { Partitions } from './partitions.ts';
import { configurationVersion, readSnapshot } from './read-snapshot.ts';
import { reconcile } from './reconcile/reconcile.ts';
import type { Store, StoreOptions } from './store.ts';
import { webhookVerbs } from './webhook/verbs.ts';
import { writeAudit } from './write-audit.ts';
import { writeMetrics } from './write-metrics.ts';

const POOL_SIZE = 8;

/**
 * Rejects when Postgres does not answer now. Later it may come and go: each verb rejects while it is away, and the next
 * one connects again.
 */
export async function openStore({ url, log, poolSize = POOL_SIZE, chunks }: StoreOptions): Promise<Store> {
  const db = openDatabase(url, poolSize, log);
  const partitions = new Partitions(db);
  const files = fileVerbs(db, chunks);
  let stopped: Promise<void> | undefined;
  const store: Store = {
    ping: () => ping(db),
    migrate: () => migrateDatabase(db),
    readSnapshot: () => readSnapshot(db),
    configurationVersion: () => configurationVersion(db),
    reconcile: (file, options) => reconcile(db, file, options),
    writeAudit: (records) => writeAudit(db, partitions, records),
    attemptsBetween: (from, to) => attemptsBetween(db, from, to),
    writeMetrics: (rows, signal) => writeMetrics(db, partitions, { rows, signal }),
    preparePartitions: (now) => partitions.prepare(now),
    dropPartitionsOlderThan: (retentionMs, now) => partitions.dropOlderThan(retentionMs, now),
    jobs: openJobs(db, partitions, files.chunks),
    fixInstallationValue: (key, value) => fixInstallationValue(db, key, value),
    webhooks: webhookVerbs(db),
    files,
    batches: batchVerbs(db, partitions),
    admin: adminVerbs(db),
    budgets: budgetVerbs(db),
    stop: () => (stopped ??= db.destroy()),
  };
  try {
    await store.ping();
  } catch (error) {
    await store.stop();
    throw error;
  }
  return store;
}

/** Names what it applied. */
export const migrate = (store: Store): Promise<readonly string[]> => store.migrate();

const PING_MS = 5_000;

async function ping(db: Kysely<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Postgres did not answer within ${PING_MS} ms`)), PING_MS);
  });
  try {
    await Promise.race([sql`select 1`.execute(db), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function fixInstallationValue(db: Kysely<unknown>, key: string, value: string): Promise<string> {
  await sql`insert into installation (key, value) values (${key}, ${value}) on conflict do nothing`.execute(db);
  const { rows: [row] } = await sql<{ value: string }>`select value from installation where key = ${key}`.execute(db);
  return row?.value ?? value;
}
