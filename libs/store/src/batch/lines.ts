/** The lines of batches: rows of `job`, whose bodies lie in the chunks of the batch's file. */
import { type BatchOutcome, createdAtOf, type End, type Job, laneName } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { jsonRows } from '../json-rows.ts';
import { dayOf, type Partitions } from '../partitions.ts';

export interface NewLine {
  readonly job: Job;
  /** From 1. */
  readonly line: number;
  readonly customId: string;
  /** Where its body lies in the input file. */
  readonly chunk: number;
  readonly offset: number;
  readonly length: number;
}

/** Batches of one tenant have feeds of their own, so that they are fed in turn. What stands behind the mark is the batch. */
const feedOf = ({ routes: [first], priority, rank, tenant, weight, id }: Job, batch: string): string => {
  if (!first) throw new Error(`job ${id} has no route`);
  return `${laneName({ connection: first.connection, priority, rank, tenant, weight })}#${batch}`;
};

/** Whose work on a batch it is: under a lease that another has taken since, nothing is written. */
interface Validation {
  readonly id: string;
  readonly lease: number;
}

/** Nothing of it is fed before the batch is in progress. */
export async function insertLines(db: Kysely<unknown>, partitions: Partitions, { held: { id: batch, lease }, lines }: { held: Validation; lines: readonly NewLine[] }): Promise<void> {
  const rows = lines.map(({ job, ...line }) => ({
    ...line, day: dayOf(createdAtOf(job.id)), id: job.id, workspace: job.workspace, environment: job.environment, apiKey: job.apiKey, resource: job.resource,
    endpoint: job.endpoint, mode: job.mode, spec: job, bodyBytes: job.bodyBytes, correlationId: job.correlationId, tags: job.tags,
    deadline: job.deadline, createdAt: job.createdAt, feed: feedOf(job, batch),
  }));
  await partitions.inserting('job', new Set(rows.map(({ day }) => day)), async () => {
    await sql`
      insert into job (
        day, id, workspace, environment, api_key, resource, endpoint, mode, spec, body_bytes, correlation_id, tags, deadline, created_at, reply, feed,
        batch_id, batch_line, batch_custom_id, batch_chunk, batch_offset, batch_length)
      select day, id, workspace, environment, "apiKey", resource, endpoint, mode, spec, "bodyBytes", "correlationId", tags,
        to_timestamp(deadline / 1000), to_timestamp("createdAt" / 1000), '', feed, ${batch}, line, "customId", chunk, "offset", length
      from json_to_recordset(${jsonRows(rows)}::json) as row (
        day date, id text, workspace text, environment text, "apiKey" text, resource text, endpoint text, mode text, spec json, "bodyBytes" float8,
        "correlationId" text, tags text[], deadline float8, "createdAt" float8, feed text,
        line integer, "customId" text, chunk integer, "offset" integer, length integer)
      where exists (select 1 from batch where id = ${batch} and lease_number = ${lease} for share)
    `.execute(db);
  });
}

/** Of a validation that found errors, or whose process died. */
export async function dropLines(db: Kysely<unknown>, { id, lease }: Validation): Promise<void> {
  await sql`
    with ours as (select id from batch where id = ${id} and lease_number = ${lease} for update)
    delete from job using ours where job.batch_id = ours.id
  `.execute(db);
}

/** What has become of the lines so far, and what they cost. */
export async function batchProgress(db: Kysely<unknown>, batch: string): Promise<BatchOutcome> {
  const { rows } = await sql<{ state: string; lines: number; input: number; cached: number; output: number; reasoning: number; least: string | null; most: string | null }>`
    select state, count(*)::integer as lines, coalesce(sum(input_tokens), 0)::float8 as input, coalesce(sum(cached_input_tokens), 0)::float8 as cached,
      coalesce(sum(output_tokens), 0)::float8 as output, coalesce(sum(reasoning_tokens), 0)::float8 as reasoning, min(model) as least, max(model) as most
    from job where batch_id = ${batch} group by state
  `.execute(db);
  const of = (state: string): number => rows.find((row) => row.state === state)?.lines ?? 0;
  const sum = (column: 'lines' | 'input' | 'cached' | 'output' | 'reasoning'): number => rows.reduce((total, row) => total + row[column], 0);
  const models = new Set(rows.flatMap(({ least, most }) => [least, most]).filter((model) => model !== null));
  return {
    counts: { total: sum('lines'), completed: of('completed'), failed: of('failed'), cancelled: of('cancelled'), expired: of('expired') },
    usage: { inputTokens: sum('input'), cachedInputTokens: sum('cached'), outputTokens: sum('output'), reasoningTokens: sum('reasoning') },
    model: models.size === 1 ? [...models][0] ?? null : null,
  };
}

export async function hasWaitingLines(db: Kysely<unknown>, batch: string): Promise<boolean> {
  const { rows } = await sql`select from job where batch_id = ${batch} and state = 'queued' limit 1`.execute(db);
  return rows.length > 0;
}

/** Ends what was never put into a lane, a bounded number at a time. Returns how many; 0: none is left. */
export async function endUnfedLines(db: Kysely<unknown>, batch: string, end: End): Promise<number> {
  const { numAffectedRows } = await sql`
    update job set state = ${end.state}, ending = ${JSON.stringify(end)}::json, ended_at = now(), attempts = 0
    where (day, id) in (select day, id from job where batch_id = ${batch} and state = 'queued' and enqueued_epoch is null limit 5000 for update)
  `.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Those that are in lanes or running. */
export async function fedLines(db: Kysely<unknown>, batch: string, { after, most }: { after: number; most: number }): Promise<readonly { readonly line: number; readonly job: Job }[]> {
  const { rows } = await sql<{ line: number; spec: Job; generation: number }>`
    select batch_line as line, spec, generation from job
    where batch_id = ${batch} and batch_line > ${after} and state = 'queued' and enqueued_epoch is not null order by batch_line limit ${most}
  `.execute(db);
  return rows.map(({ line, spec, generation }) => ({ line, job: { ...spec, kept: { generation } } }));
}

export interface EndedLine {
  readonly line: number;
  readonly id: string;
  readonly customId: string;
  readonly end: End;
  readonly status: number | null;
  readonly answer: Buffer | null;
}

/** In order of their number. */
export async function endedLines(db: Kysely<unknown>, batch: string, { after, most }: { after: number; most: number }): Promise<readonly EndedLine[]> {
  const { rows } = await sql<EndedLine>`
    select batch_line as line, id, batch_custom_id as "customId", ending as end, (head ->> 'status')::integer as status, answer
    from job where batch_id = ${batch} and batch_line > ${after} order by batch_line limit ${most}
  `.execute(db);
  return rows;
}
