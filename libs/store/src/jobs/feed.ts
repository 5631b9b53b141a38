/** Feeding: rows that wait, on their way into lanes and, when Redis has lost them, back. */
import { createdAtOf, type Job } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { jsonRows } from '../json-rows.ts';
import { dayOf, LONGEST_UNFINISHED_MS } from '../partitions.ts';
import type { EnqueuedQuestion, FeedLoad, FeedQuestion, WaitingJob } from './kept-jobs.ts';

/** Older days hold nothing unfinished: they are not looked at. */
const since = (now: number): string => dayOf(now - LONGEST_UNFINISHED_MS);

const daysOf = (ids: readonly string[]): readonly string[] => [...new Set(ids.map((id) => dayOf(createdAtOf(id))))];

/** A loose index scan: one step for each feed, however many rows it has (https://wiki.postgresql.org/wiki/Loose_indexscan). */
export async function waitingFeeds(db: Kysely<unknown>, now: number): Promise<readonly string[]> {
  const next = sql`select feed from job where day >= ${since(now)}::date and state = 'queued' and enqueued_epoch is null`;
  const { rows } = await sql<{ feed: string }>`
    with recursive found as (
      (${next} order by feed limit 1)
      union all
      select (${next} and feed > found.feed order by feed limit 1) from found where found.feed is not null
    )
    select feed from found where feed is not null
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

export async function take(db: Kysely<unknown>, asked: readonly FeedQuestion[], now: number): Promise<readonly WaitingJob[]> {
  const { rows } = await sql<{ feed: string; spec: Job; body: Buffer; reply: string; generation: number }>`
    select asked.feed, next.spec, next.body, next.reply, next.generation
    from json_to_recordset(${jsonRows(asked)}::json) as asked (feed text, after text, jobs integer, bytes float8)
    cross join lateral (
      select id, spec, body, reply, generation, sum(body_bytes) over (order by id) - body_bytes as before from job
      where day >= ${since(now)}::date and state = 'queued' and enqueued_epoch is null and feed = asked.feed and id > asked.after
      order by id limit asked.jobs
    ) next
    where next.before <= asked.bytes
    order by next.id
  `.execute(db);
  return rows.map(({ feed, spec, body, reply, generation }) => ({ feed, body, reply, job: { ...spec, kept: { generation } } }));
}

export async function markEnqueued(db: Kysely<unknown>, ids: readonly string[], epoch: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    update job set enqueued_epoch = ${epoch}
    where day = any(${daysOf(ids)}::date[]) and id = any(${ids}::text[]) and state = 'queued'
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
    where day = any(${daysOf(all)}::date[]) and id = any(${all}::text[]) and state = 'queued' and enqueued_epoch is not null
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
