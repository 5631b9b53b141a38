import { type Kysely, sql } from 'kysely';

/**
 * Who is told when something becomes final, and what is still to be told. A delivery is written in the transaction of the
 * final state, so that there is never the one without the other. Endpoints that were given with a job (not `registered`)
 * have a row as well: senders claim endpoints, never single deliveries.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Signs what goes to the endpoints given with a job; sealed, bound to the environment's id.
    alter table environment
      add column webhook_secret text,
      add column previous_webhook_secret text,
      add column previous_webhook_secret_until timestamptz;

    create table webhook_endpoint (
      id text primary key,
      environment_id text not null references environment on delete cascade,
      -- Null: given with a job.
      name text,
      url text not null,
      -- Empty: all.
      events text[] not null default '{}',
      inline_result boolean not null default false,
      -- Sealed, bound to the endpoint's id. Null: the environment's.
      secret text,
      previous_secret text,
      previous_secret_until timestamptz,
      state text not null default 'enabled' check (state in ('enabled', 'disabled')),
      -- The breaker: failures in a row, and until when it is left alone.
      failures integer not null default 0,
      paused_until timestamptz not null default '-infinity',
      -- Who sends to it now. The number rises with each owner.
      lease_holder text,
      lease_until timestamptz not null default '-infinity',
      lease_number bigint not null default 0,
      managed boolean not null default false,
      created_at timestamptz not null default now(),
      unique (environment_id, name)
    );
    create unique index webhook_endpoint_of_jobs on webhook_endpoint (environment_id, url) where name is null;

    create table delivery (
      event_id text not null,
      endpoint_id text not null references webhook_endpoint on delete cascade,
      environment_id text not null,
      type text not null,
      -- The id of the job, response or batch it tells of.
      subject text not null,
      inline_result boolean not null,
      created_at timestamptz not null default now(),
      state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
      tries integer not null default 0,
      -- From when the times of the tries are counted: its creation, or when it was sent again.
      due_since timestamptz not null default now(),
      next_try_at timestamptz not null default now(),
      -- [{at, status, ms, error, answer}], the newest last.
      log jsonb not null default '[]',
      primary key (event_id, endpoint_id)
    );
    create index delivery_due on delivery (endpoint_id, next_try_at) where state = 'waiting';
    create index delivery_by_environment on delivery (environment_id, created_at);
  `.execute(db);
}
