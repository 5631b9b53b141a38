/** Feeding: rows that wait, on their way into lanes and, when Redis has lost them, back. */
import type { Job } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { jsonRows } from '../json-rows.ts';
import { dayOf, LONGEST_UNFINISHED_MS } from '../partitions.ts';
import type { EnqueuedQuestion, FeedLoad, FeedQuestion, WaitingJob } from './kept-jobs.ts';
import { theseQueued } from './these-queued.ts';

/** Older days hold nothing unfinished: they are not looked at. */
const since = (now: number): string => dayOf(now - LONGEST_UNFINISHED_MS);

/** A loose index scan: one step for each feed, however many rows it has (https://wiki.postgresql.org/wiki/Loose_indexscan). */
export async function waitingFeeds(db: Kysely<unknown>, now: number): Promise<readonly string[]> {
  const next = sql`select feed from job where day >= ${since(now)}::date and state = 'queued' and enqueued_epoch is null`;
  const { rows } = await sql<{ feed: string }>`
    with recursive found as (
      (${next} order by feed limit 1)
      union all
      select (${next} and feed > found.feed order by feed limit 1) from found where found.feed is not null
    )
    -- Lines of a batch that is still being validated, or is ended, are not fed.
    select feed from found left join batch on batch.id = split_part(feed, '#', 2)
    where feed is not null and (batch.id is null or batch.status = 'in_progress')
    order by feed
  `.execute(db);
  return rows.map(({ feed }) => feed);
}

export async function inLanes(db: Kysely<unknown>, now: number): Promise<readonly FeedLoad[]> {
  const { rows } = await sql<FeedLoad>`
    select feed, count(*)::integer as jobs, sum(body_bytes)::float8 as bytes from job
    where day >= ${since(now)}::date and state = 'queued' and enqueued_epoch is not null
    group by feed
  `.execute(db);
  return rows;
}

/** A waiting row; the body of a batch's line is still in its file. */
export interface TakenRow extends WaitingJob {
  readonly place: { readonly file: string; readonly chunk: number; readonly offset: number; readonly length: number } | null;
}

const NOTHING = Buffer.alloc(0);

export async function take(db: Kysely<unknown>, asked: readonly FeedQuestion[], now: number): Promise<readonly TakenRow[]> {
  const { rows } = await sql<{ feed: string; spec: Job; body: Buffer | null; reply: string; generation: number; file: string | null; chunk: number; offset: number; length: number }>`
    select asked.feed, next.spec, next.body, next.reply, next.generation,
      batch.input_file_id as file, next.batch_chunk as chunk, next.batch_offset as offset, next.batch_length as length
    from json_to_recordset(${jsonRows(asked)}::json) as asked (feed text, after text, jobs integer, bytes float8)
    cross join lateral (
      select id, spec, body, reply, generation, batch_id, batch_chunk, batch_offset, batch_length, sum(body_bytes) over (order by id) - body_bytes as before from job
      where day >= ${since(now)}::date and state = 'queued' and enqueued_epoch is null and feed = asked.feed and id > asked.after
      order by id limit asked.jobs
    ) next
    left join batch on batch.id = next.batch_id
    where next.before <= asked.bytes
    order by next.id
  `.execute(db);
  return rows.map(({ feed, spec, body, reply, generation, file, chunk, offset, length }) => ({
    feed, reply, job: { ...spec, kept: { generation } }, body: body ?? NOTHING, place: file === null ? null : { file, chunk, offset, length },
  }));
}

export async function markEnqueued(db: Kysely<unknown>, ids: readonly string[], epoch: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    update job set enqueued_epoch = ${epoch}
    where ${theseQueued(ids)}
    returning id
  `.execute(db);
  return new Set(rows.map(({ id }) => id));
}

export async function enqueued(db: Kysely<unknown>, { epoch, which, after, limit }: EnqueuedQuestion, now: number): Promise<readonly string[]> {
  const compared = which === 'this' ? sql`enqueued_epoch = ${epoch}` : sql`enqueued_epoch <> ${epoch}`;
  const { rows } = await sql<{ id: string }>`
    select id from job
    where day >= ${since(now)}::date and state = 'queued' and enqueued_epoch is not null and ${compared} and id > ${after}
    order by id limit ${limit}
  `.execute(db);
  return rows.map(({ id }) => id);
}

export async function takeBack(db: Kysely<unknown>, { lost, held }: { readonly lost: readonly string[]; readonly held: readonly string[] }): Promise<void> {
  const all = [...lost, ...held];
  await sql`
    update job set enqueued_epoch = null, generation = generation + (id = any(${lost}::text[]))::integer
    where ${theseQueued(all)} and enqueued_epoch is not null
  `.execute(db);
}

export async function overdue(db: Kysely<unknown>, before: number, limit: number): Promise<readonly Job[]> {
  const { rows } = await sql<{ spec: Job; generation: number }>`
    select spec, generation from job
    where day >= ${since(before)}::date and state = 'queued' and deadline < to_timestamp(${before}::float8 / 1000)
    order by deadline limit ${limit}
  `.execute(db);
  return rows.map(({ spec, generation }) => ({ ...spec, kept: { generation } }));
}
