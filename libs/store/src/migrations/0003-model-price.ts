import { type Kysely, sql } from 'kysely';

/** US dollars per million tokens, as the providers list them; the start of a table that operators keep. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table model_price (
      provider text not null,
      model text not null,
      input double precision not null,
      cached_input double precision not null,
      output double precision not null,
      primary key (provider, model)
    );

    insert into model_price (provider, model, input, cached_input, output) values
      ('openai', 'gpt-4o', 2.5, 1.25, 10),
      ('openai', 'gpt-4o-mini', 0.15, 0.075, 0.6),
      ('openai', 'gpt-4.1', 2, 0.5, 8),
      ('openai', 'gpt-4.1-mini', 0.4, 0.1, 1.6),
      ('openai', 'gpt-4.1-nano', 0.1, 0.025, 0.4),
      ('openai', 'gpt-5', 1.25, 0.125, 10),
      ('openai', 'gpt-5-mini', 0.25, 0.025, 2),
      ('openai', 'gpt-5-nano', 0.05, 0.005, 0.4),
      ('openai', 'o3', 2, 0.5, 8),
      ('openai', 'o4-mini', 1.1, 0.275, 4.4),
      ('openai', 'text-embedding-3-small', 0.02, 0.02, 0),
      ('openai', 'text-embedding-3-large', 0.13, 0.13, 0),
      ('groq', 'llama-3.1-8b-instant', 0.05, 0.05, 0.08),
      ('groq', 'llama-3.3-70b-versatile', 0.59, 0.59, 0.79);
  `.execute(db);
}
