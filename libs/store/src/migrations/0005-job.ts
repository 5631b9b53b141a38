import { type Kysely, sql } from 'kysely';

/**
 * Kept jobs: one row each, under the day (UTC) on which it was created, so that a whole day is dropped at once. A row says
 * `queued` until it is final; what runs is for Redis to know. Bodies and answers are stored outside the row and
 * uncompressed (the embedded server has no lz4), so that a look at the row does not read them.
 *
 * Rows wait in feeds, from which they are put into lanes a bounded number at a time. `enqueued_epoch` is the epoch of Redis
 * that a row was put into: null, it waits to be put; another than the current, Redis has lost it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job (
      day date not null,
      id text not null,
      workspace text not null,
      environment text not null,
      api_key text not null,
      resource text not null,
      endpoint text not null,
      mode text not null,
      state text not null default 'queued',
      spec json not null,
      body bytea,
      body_bytes bigint not null,
      webhook json,
      correlation_id text,
      tags text[] not null,
      deadline timestamptz not null,
      created_at timestamptz not null,
      -- Who waits for the answer, to be told of frames at once: an ingress, or ''.
      reply text not null,
      feed text not null,
      enqueued_epoch text,
      generation integer not null default 0,
      -- A line of a batch is a job whose body lies in a chunk of the batch's file.
      batch_id text,
      batch_line integer,
      batch_custom_id text,
      batch_chunk integer,
      batch_offset integer,
      batch_length integer,
      -- How it ended.
      ending json,
      head json,
      answer bytea,
      answer_sizes integer[],
      answer_id text,
      attempts integer,
      provider text,
      model text,
      input_tokens bigint,
      cached_input_tokens bigint,
      output_tokens bigint,
      reasoning_tokens bigint,
      cost double precision,
      started_at timestamptz,
      ended_at timestamptz,
      primary key (day, id)
    ) partition by range (day);
    alter table job alter column body set storage external, alter column answer set storage external;

    create index job_to_feed on job (feed, id) where state = 'queued' and enqueued_epoch is null;
    create index job_in_lanes on job (id, enqueued_epoch, feed) where state = 'queued' and enqueued_epoch is not null;
    create index job_deadline on job (deadline) where state = 'queued';
    create index job_of_environment on job (environment, id);
    create index job_correlation on job (environment, correlation_id) where correlation_id is not null;
    create index job_answer on job (environment, answer_id) where answer_id is not null;
    create index job_tags on job using gin (tags) where tags <> '{}';
    create index job_of_batch on job (batch_id, batch_line) where batch_id is not null;

    -- Who used a key first, for as long as the answer may be had again.
    create table idempotency (
      scope text not null,
      key text not null,
      fingerprint text not null,
      job text not null,
      created_at timestamptz not null default now(),
      primary key (scope, key)
    );
    create index idempotency_job on idempotency (job);
    create index idempotency_created_at on idempotency (created_at);
  `.execute(db);
}
