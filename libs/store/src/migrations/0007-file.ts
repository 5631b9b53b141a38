import { type Kysely, sql } from 'kysely';

/** Files, and their bytes in chunks of about 256 kB. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table file (
      id text primary key,
      environment_id text not null references environment on delete cascade,
      purpose text not null,
      filename text not null,
      bytes bigint not null default 0,
      chunks integer not null default 0,
      sha256 text not null default '',
      -- Only what is ready is seen. Writing: by a batch, for as long as that takes. Deleted: its chunks are still to be removed.
      state text not null check (state in ('uploading', 'writing', 'ready', 'deleted')),
      created_at timestamptz not null default now(),
      expires_at timestamptz
    );
    create index file_listed on file (environment_id, created_at, id) where state = 'ready';
    create index file_unfinished on file (created_at) where state in ('uploading', 'deleted');
    create index file_expires on file (expires_at) where expires_at is not null;

    create table file_chunk (
      file_id text not null references file on delete cascade,
      number integer not null,
      -- Kept as they are: a line is read by its offset, without the rest of its chunk.
      bytes bytea storage external not null,
      primary key (file_id, number)
    );
  `.execute(db);
}
