import { type Kysely, sql } from 'kysely';

/** The stand-in for QuestDB's table `attempts`, column for column, where none is configured. `ts` is when the attempt ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table metric_attempt (
      ts timestamptz not null,
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
      job_id text not null,
      attempt integer not null,
      queue_ms double precision not null,
      ttft_ms double precision,
      total_ms double precision not null,
      tokens_in bigint,
      tokens_cached bigint,
      tokens_out bigint,
      tokens_reserved bigint not null,
      tokens_per_second double precision,
      cost double precision,
      primary key (ts, job_id, attempt)
    ) partition by range (ts);
  `.execute(db);
}
