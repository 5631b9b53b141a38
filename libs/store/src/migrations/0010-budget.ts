import { type Kysely, sql } from 'kysely';

/** What is charged against limits of an hour and more, by slices of their windows. A slice that counts no more is deleted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table budget_slice (
      limit_id text not null,
      starts_at_ms bigint not null,
      ends_at_ms bigint not null,
      charged double precision not null check (charged >= 0),
      primary key (limit_id, starts_at_ms)
    );
    create index budget_slice_ends on budget_slice (ends_at_ms);
  `.execute(db);
}
