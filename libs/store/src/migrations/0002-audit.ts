import { type Kysely, sql } from 'kysely';

/**
 * What happened: one row a job, one row an attempt, under the day (UTC) on which the job was created, so that a record
 * that comes twice or late always finds its row and a whole day is dropped at once. No foreign keys: what a row names may
 * long be gone from the configuration.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table audit (
      day date not null,
      id text not null,
      workspace text not null,
      environment text not null,
      api_key text not null,
      tenant text not null,
      resource text not null,
      priority text not null,
      endpoint text not null,
      mode text not null,
      stream boolean not null,
      state text not null,
      error_code text,
      attempts integer not null,
      connection text,
      provider text,
      model text,
      input_tokens bigint,
      cached_input_tokens bigint,
      output_tokens bigint,
      reasoning_tokens bigint,
      cost double precision,
      created_at timestamptz not null,
      started_at timestamptz,
      ended_at timestamptz not null,
      body_bytes bigint not null,
      correlation_id text,
      tags text[] not null,
      metadata jsonb not null,
      primary key (day, id)
    ) partition by range (day);

    create table audit_attempt (
      day date not null,
      job text not null,
      attempt integer not null,
      workspace text not null,
      environment text not null,
      connection text not null,
      resource text not null,
      provider text not null,
      model text not null,
      priority text not null,
      tenant text not null,
      mode text not null,
      outcome text not null,
      error_code text,
      error_message text,
      http_status integer,
      upstream_request_id text,
      queued_at timestamptz not null,
      granted_at timestamptz not null,
      sent_at timestamptz,
      first_byte_at timestamptz,
      ended_at timestamptz not null,
      input_tokens bigint,
      cached_input_tokens bigint,
      output_tokens bigint,
      reasoning_tokens bigint,
      reserved_tokens bigint not null,
      usage_source text,
      cost double precision,
      primary key (day, job, attempt)
    ) partition by range (day);
    -- Metrics are filled in by the time an attempt ended.
    create index audit_attempt_ended_at on audit_attempt (ended_at, job, attempt);
  `.execute(db);
}
