/** Accepting: the rows, and the claims on idempotency keys, in one statement. */
import { createdAtOf, laneName } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { keyHolders } from '../idempotency.ts';
import { jsonRows } from '../json-rows.ts';
import { dayOf, type Partitions } from '../partitions.ts';
import type { Accepted, NewJob } from './kept-jobs.ts';
import { packed } from './packed-bytes.ts';

/** A key that expires, or is freed, between the two statements is asked for again. */
const TRIES = 3;

export async function accept(db: Kysely<unknown>, partitions: Partitions, jobs: readonly NewJob[]): Promise<readonly Accepted[]> {
  const answers = new Map<string, Accepted>();
  let left = jobs;
  for (let tries = 0; left.length > 0 && tries < TRIES; tries += 1) {
    for (const id of await insert(db, partitions, left)) answers.set(id, { kind: 'accepted' });
    const losers = left.filter(({ job }) => !answers.has(job.id));
    if (losers.length > 0) await settleLosers(db, losers, answers);
    left = losers.filter(({ job }) => !answers.has(job.id));
  }
  return jobs.map(({ job }) => {
    const answer = answers.get(job.id);
    if (!answer) throw new Error(`the idempotency key of ${job.id} changes hands too fast`);
    return answer;
  });
}

async function insert(db: Kysely<unknown>, partitions: Partitions, jobs: readonly NewJob[]): Promise<readonly string[]> {
  const bodies = packed(jobs.map(({ body }) => body));
  const rows = jobs.map((each, index) => ({ ...rowOf(each), ...bodies.places[index] }));
  let inserted: readonly string[] = [];
  await partitions.inserting('job', new Set(rows.map(({ day }) => day)), async () => {
    inserted = await insertRows(db, jsonRows(rows), bodies.bytes);
  });
  return inserted;
}

function rowOf({ job, webhook, reply, idempotencyKey }: NewJob) {
  const { id, workspace, environment, apiKey, resource, endpoint, mode, bodyBytes, correlationId, tags, deadline, createdAt, fingerprint } = job;
  return {
    id, workspace, environment, apiKey, resource, endpoint, mode, bodyBytes, correlationId, tags, deadline, createdAt, fingerprint,
    webhook, reply, idempotencyKey, spec: job, day: dayOf(createdAtOf(id)), feed: feedOf(job),
  };
}

/** Jobs of one lane follow each other; those of different lanes do not wait for each other. */
function feedOf(job: NewJob['job']): string {
  const first = job.routes[0];
  if (!first) throw new Error(`job ${job.id} has no route`);
  return laneName({ connection: first.connection, priority: job.priority, rank: job.rank, tenant: job.tenant, weight: job.weight });
}

/** Keys are claimed in order, because two statements that claim the same ones in different orders would wait for each other for ever. */
async function insertRows(db: Kysely<unknown>, rows: string, bodies: Buffer): Promise<readonly string[]> {
  const { rows: inserted } = await sql<{ id: string }>`
    with input as materialized (
      select * from json_to_recordset(${rows}::json) as row (
        day date, id text, workspace text, environment text, "apiKey" text, resource text, endpoint text, mode text, spec json,
        "bodyBytes" float8, webhook json, "correlationId" text, tags text[], deadline float8, "createdAt" float8, reply text, feed text,
        "idempotencyKey" text, fingerprint text, at integer, size integer)
    ), claimed as (
      insert into idempotency (scope, key, fingerprint, job)
      select "apiKey", "idempotencyKey", fingerprint, id from input where "idempotencyKey" is not null
      order by "apiKey", "idempotencyKey"
      on conflict do nothing
      returning job
    )
    insert into job (
      day, id, workspace, environment, api_key, resource, endpoint, mode, spec, body, body_bytes, webhook, correlation_id, tags,
      deadline, created_at, reply, feed)
    select
      day, id, workspace, environment, "apiKey", resource, endpoint, mode, spec, substring(${bodies}::bytea from at for size), "bodyBytes",
      webhook, "correlationId", tags, to_timestamp(deadline / 1000), to_timestamp("createdAt" / 1000), reply, feed
    from input
    where "idempotencyKey" is null or id in (select job from claimed)
    returning id
  `.execute(db);
  return inserted.map(({ id }) => id);
}

async function settleLosers(db: Kysely<unknown>, losers: readonly NewJob[], answers: Map<string, Accepted>): Promise<void> {
  const holders = await keyHolders(db, losers.map(({ job, idempotencyKey }) => ({ scope: job.apiKey, key: idempotencyKey ?? '', id: job.id })));
  for (const { job } of losers) {
    const holder = holders.get(job.id);
    if (!holder) continue;
    answers.set(job.id, holder.fingerprint === job.fingerprint ? { kind: 'same', job: holder.id } : { kind: 'conflict' });
  }
}
