/** The stand-in for QuestDB's `attempts`: the same rows in Postgres, for an installation that has no QuestDB. */
import { type AttemptRecord, measuresOf, type MetricSink } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { COST } from './cost.ts';
import { chunksOf, jsonRows } from './json-rows.ts';
import { dayOf, type Partitions } from './partitions.ts';
import type { Store } from './store.ts';

/** Behind the port that QuestDB's sink has too. Stopping it leaves the store open: it is not its owner. */
export function postgresMetricSink(store: Store): MetricSink {
  return { write: (rows, signal) => store.writeMetrics(rows, signal), stop: () => Promise.resolve() };
}

/** Resolves when all are committed; repeating changes nothing. Stops at the signal between two statements. */
export async function writeMetrics(
  db: Kysely<unknown>, partitions: Partitions, batch: { rows: readonly AttemptRecord[]; signal: AbortSignal },
): Promise<void> {
  const measured = batch.rows.map((row) => ({ ...row, ...measuresOf(row) }));
  for (const rows of chunksOf(measured)) {
    batch.signal.throwIfAborted();
    const days = new Set(rows.map((row) => dayOf(row.endedAt)));
    await partitions.inserting('metric_attempt', days, () => insertMetrics(db, rows));
  }
}

async function insertMetrics(db: Kysely<unknown>, rows: readonly AttemptRecord[]): Promise<void> {
  await sql`
    insert into metric_attempt (
      ts, workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome, error_code,
      job_id, attempt, queue_ms, ttft_ms, total_ms, tokens_in, tokens_cached, tokens_out, tokens_reserved,
      tokens_per_second, cost)
    select
      to_timestamp("endedAt" / 1000),
      workspace, environment, connection, resource, record.provider, record.model, priority, tenant, mode, outcome, "errorCode",
      job, attempt, "queueMs", "ttftMs", "totalMs", "inputTokens", "cachedInputTokens", "outputTokens", "reservedTokens",
      "tokensPerSecond", ${COST}
    from json_to_recordset(${jsonRows(rows)}::json) as record (
      workspace text, environment text, connection text, resource text, provider text, model text, priority text,
      tenant text, mode text, outcome text, "errorCode" text, job text, attempt integer, "endedAt" float8,
      "queueMs" float8, "ttftMs" float8, "totalMs" float8, "inputTokens" float8, "cachedInputTokens" float8,
      "outputTokens" float8, "reservedTokens" float8, "tokensPerSecond" float8)
    left join model_price price on price.provider = record.provider and price.model = record.model
    on conflict (ts, job_id, attempt) do nothing
  `.execute(db);
}
