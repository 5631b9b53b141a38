import { type Kysely, sql } from 'kysely';

/** Batches. Their lines are rows of `job`; a batch that is not in progress has none of them fed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table batch (
      id text primary key,
      environment_id text not null references environment on delete cascade,
      api_key_id text not null,
      endpoint text not null,
      completion_window text not null,
      input_file_id text not null,
      output_file_id text,
      error_file_id text,
      status text not null default 'validating',
      errors json not null default '[]',
      metadata json,
      options json not null,
      total integer not null default 0,
      -- Counts, usage and model, once every line has its end.
      outcome json,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      in_progress_at timestamptz,
      finalizing_at timestamptz,
      completed_at timestamptz,
      failed_at timestamptz,
      expired_at timestamptz,
      cancelling_at timestamptz,
      cancelled_at timestamptz,
      -- Who looks after it now. The number rises with each owner.
      lease_until timestamptz not null default '-infinity',
      lease_number bigint not null default 0
    );
    create index batch_listed on batch (environment_id, id);
    create index batch_unfinished on batch (lease_until) where status in ('validating', 'in_progress', 'finalizing', 'cancelling');
    create index batch_input on batch (input_file_id);
    create index job_of_batch_by_state on job (batch_id, state) where batch_id is not null;
  `.execute(db);
}
