/**
 * The journal's way into Postgres. Two statements for up to a thousand records each: they come by the thousand a second,
 * and one row at a time would cost ten times as much. Every record may come again, late, or before another of its job.
 */
import { type AttemptRecord, createdAtOf, type JobRecord, type JournalRecord } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { COST } from './cost.ts';
import { chunksOf, jsonRows } from './json-rows.ts';
import { type Day, dayOf, type Partitions } from './partitions.ts';

/** A record with its place: the day its job was created. */
type Placed<T> = T & { readonly day: Day };

export async function writeAudit(db: Kysely<unknown>, partitions: Partitions, records: readonly JournalRecord[]): Promise<void> {
  const attempts = records.filter((record) => record.kind === 'attempt');
  const jobs = records.filter((record) => record.kind === 'job');
  for (const rows of chunksOf(inOrder(attempts, (row) => `${row.job}-${String(row.attempt).padStart(6, '0')}`))) {
    await partitions.inserting('audit_attempt', daysOf(rows), () => insertAttempts(db, rows));
  }
  for (const rows of chunksOf(inOrder(jobs, (row) => row.job))) {
    await partitions.inserting('audit', daysOf(rows), () => upsertJobs(db, rows));
  }
}

/**
 * One of each key, the one that ended last: a statement may not touch a row twice. And in order of key, because two
 * writers that lock the same rows in different orders would wait for each other for ever.
 */
function inOrder<T extends AttemptRecord | JobRecord>(records: readonly T[], keyOf: (record: T) => string): readonly Placed<T>[] {
  const byKey = new Map<string, T>();
  for (const record of records) {
    const before = byKey.get(keyOf(record));
    if (!before || record.endedAt > before.endedAt) byKey.set(keyOf(record), record);
  }
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, record]) => ({ ...record, day: dayOf(createdAtOf(record.job)) }));
}

const daysOf = (rows: readonly { readonly day: Day }[]): ReadonlySet<Day> => new Set(rows.map(({ day }) => day));

const timeOf = (column: string) => sql`to_timestamp(${sql.ref(column)} / 1000)`;

/** The outcome of an attempt is decided once, so the first record of it is as good as any later one. */
async function insertAttempts(db: Kysely<unknown>, rows: readonly Placed<AttemptRecord>[]): Promise<void> {
  await sql`
    insert into audit_attempt (
      day, job, attempt, workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome,
      error_code, error_message, http_status, upstream_request_id,
      queued_at, granted_at, sent_at, first_byte_at, ended_at,
      input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, reserved_tokens, usage_source, cost)
    select
      day, job, attempt, workspace, environment, connection, resource, record.provider, record.model, priority, tenant, mode,
      outcome, "errorCode", "errorMessage", "httpStatus", "upstreamRequestId",
      ${timeOf('queuedAt')}, ${timeOf('grantedAt')}, ${timeOf('sentAt')}, ${timeOf('firstByteAt')}, ${timeOf('endedAt')},
      "inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens", "reservedTokens", "usageSource", ${COST}
    from json_to_recordset(${jsonRows(rows)}::json) as record (
      day date, job text, attempt integer, workspace text, environment text, connection text, resource text, provider text,
      model text, priority text, tenant text, mode text, outcome text,
      "errorCode" text, "errorMessage" text, "httpStatus" integer, "upstreamRequestId" text,
      "queuedAt" float8, "grantedAt" float8, "sentAt" float8, "firstByteAt" float8, "endedAt" float8,
      "inputTokens" float8, "cachedInputTokens" float8, "outputTokens" float8, "reasoningTokens" float8,
      "reservedTokens" float8, "usageSource" text)
    left join model_price price on price.provider = record.provider and price.model = record.model
    on conflict (day, job, attempt) do nothing
  `.execute(db);
}

/** The record that ended last tells how the job ended, whatever order they come in. */
async function upsertJobs(db: Kysely<unknown>, rows: readonly Placed<JobRecord>[]): Promise<void> {
  await sql`
    insert into audit (
      day, id, workspace, environment, api_key, tenant, resource, priority, endpoint, mode, stream, state, error_code, attempts,
      connection, provider, model, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost,
      created_at, started_at, ended_at, body_bytes, correlation_id, tags, metadata)
    select
      day, job, workspace, environment, "apiKey", tenant, resource, priority, endpoint, mode, stream, state, "errorCode",
      attempts, connection, record.provider, record.model,
      "inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens", ${COST},
      ${timeOf('createdAt')}, ${timeOf('startedAt')}, ${timeOf('endedAt')}, "bodyBytes", "correlationId", tags, metadata
    from json_to_recordset(${jsonRows(rows)}::json) as record (
      day date, job text, workspace text, environment text, "apiKey" text, tenant text, resource text, priority text,
      endpoint text, mode text, stream boolean, state text, "errorCode" text, attempts integer,
      connection text, provider text, model text,
      "inputTokens" float8, "cachedInputTokens" float8, "outputTokens" float8, "reasoningTokens" float8,
      "createdAt" float8, "startedAt" float8, "endedAt" float8, "bodyBytes" float8, "correlationId" text, tags text[],
      metadata jsonb)
    left join model_price price on price.provider = record.provider and price.model = record.model
    on conflict (day, id) do update set
      state = excluded.state, error_code = excluded.error_code, attempts = excluded.attempts,
      connection = excluded.connection, provider = excluded.provider, model = excluded.model,
      input_tokens = excluded.input_tokens, cached_input_tokens = excluded.cached_input_tokens,
      output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens, cost = excluded.cost,
      started_at = excluded.started_at, ended_at = excluded.ended_at
    where excluded.ended_at > audit.ended_at
  `.execute(db);
}
