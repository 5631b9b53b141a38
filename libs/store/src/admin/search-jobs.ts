/**
 * Jobs as operators look for them: kept ones from their own table, whatever their state, and all others from the audit, where
 * they are once they are final. Newest first, in pages.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { dayOf } from '../partitions.ts';

export interface JobFilter {
  readonly state: string | null;
  readonly resource: string | null;
  /** Ids of connections. */
  readonly connection: string | null;
  readonly priority: string | null;
  /** Id of an API key. */
  readonly apiKey: string | null;
  readonly tag: string | null;
  readonly correlationId: string | null;
  /** Part of the error's code or message, whatever its case. */
  readonly error: string | null;
  /** Epoch ms of the creation. */
  readonly from: number;
  readonly to: number;
}

export interface JobQuestion extends JobFilter {
  readonly environment: string;
  /** The last id of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

export interface FoundJob {
  readonly id: string;
  readonly kept: boolean;
  /** `queued` also stands for what runs: which it is, Redis knows. */
  readonly state: string;
  readonly apiKey: string;
  readonly resource: string;
  readonly priority: string;
  readonly mode: string;
  readonly endpoint: string;
  readonly connection: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly attempts: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cost: number | null;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  /** Epoch ms. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export async function searchJobs(db: Kysely<unknown>, question: JobQuestion): Promise<readonly FoundJob[]> {
  const { limit } = question;
  const { rows } = await sql<FoundJob>`
    select * from (
      (${keptJobs(question)} order by j.id desc limit ${limit}) union all (${otherJobs(question)} order by a.id desc limit ${limit})
    ) found order by id desc limit ${limit}
  `.execute(db);
  return rows;
}

/** One, whoever holds it. Its id is older than the job, by as long as its body took to arrive. */
export async function findJob(db: Kysely<unknown>, { environment, id, createdAt }: { environment: string; id: string; createdAt: number }): Promise<FoundJob | undefined> {
  const all: JobQuestion = {
    environment, after: null, limit: 1, state: null, resource: null, connection: null, priority: null, apiKey: null, tag: null, correlationId: null,
    error: null, from: createdAt - 60_000, to: createdAt + 86_400_000,
  };
  const { rows: [found] } = await sql<FoundJob>`
    select * from ((${keptJobs(all)} and j.id = ${id}) union all (${otherJobs(all)} and a.id = ${id})) found limit 1
  `.execute(db);
  return found;
}

const msOf = (column: string) => sql`round(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;

function keptJobs(question: JobQuestion): RawBuilder<unknown> {
  const { connection, priority } = question;
  const further = [
    ...(priority === null ? [] : [sql`j.spec ->> 'priority' = ${priority}`]),
    // Of what is not final, where it would be sent first.
    ...(connection === null ? [] : [sql`coalesce(at.connection, j.spec -> 'routes' -> 0 ->> 'connection') = ${connection}`]),
    ...(question.error === null ? [] : [sql`(j.ending -> 'error' ->> 'code') || ' ' || (j.ending -> 'error' ->> 'message') ilike ${likely(question.error)}`]),
  ];
  return sql`
    select j.id, true as kept, j.state, j.api_key as "apiKey", j.resource, j.spec ->> 'priority' as priority, j.mode, j.endpoint,
      at.connection, j.provider, j.model, j.attempts, j.ending -> 'error' ->> 'code' as "errorCode", j.ending -> 'error' ->> 'message' as "errorMessage",
      j.input_tokens::float8 as "inputTokens", j.output_tokens::float8 as "outputTokens", j.cost, j.correlation_id as "correlationId", j.tags,
      ${msOf('j.created_at')} as "createdAt", ${msOf('j.started_at')} as "startedAt", ${msOf('j.ended_at')} as "endedAt"
    from job j left join audit at on at.day = j.day and at.id = j.id
    where ${sql.join([...conditions(question, 'j'), ...further], sql` and `)}`;
}

function otherJobs(question: JobQuestion): RawBuilder<unknown> {
  const { connection, priority } = question;
  const further = [
    ...(priority === null ? [] : [sql`a.priority = ${priority}`]),
    ...(connection === null ? [] : [sql`a.connection = ${connection}`]),
    ...(question.error === null ? [] : [sql`a.error_code ilike ${likely(question.error)}`]),
    sql`not exists (select from job j where j.day = a.day and j.id = a.id)`,
  ];
  return sql`
    select a.id, false as kept, a.state, a.api_key as "apiKey", a.resource, a.priority, a.mode, a.endpoint,
      a.connection, a.provider, a.model, a.attempts, a.error_code as "errorCode", null::text as "errorMessage",
      a.input_tokens::float8 as "inputTokens", a.output_tokens::float8 as "outputTokens", a.cost, a.correlation_id as "correlationId", a.tags,
      ${msOf('a.created_at')} as "createdAt", ${msOf('a.started_at')} as "startedAt", ${msOf('a.ended_at')} as "endedAt"
    from audit a
    where ${sql.join([...conditions(question, 'a'), ...further], sql` and `)}`;
}

/** What both tables have columns for. */
function conditions({ environment, from, to, after, ...asked }: JobQuestion, table: 'j' | 'a'): readonly RawBuilder<unknown>[] {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  const equal = (name: string, value: string | null) => (value === null ? [] : [sql`${column(name)} = ${value}`]);
  return [
    sql`${column('environment')} = ${environment}`,
    sql`${column('day')} between ${dayOf(from)}::date and ${dayOf(to)}::date`,
    sql`${column('created_at')} >= to_timestamp(${from}::float8 / 1000) and ${column('created_at')} < to_timestamp(${to}::float8 / 1000)`,
    ...(after === null ? [] : [sql`${column('id')} < ${after}`]),
    ...equal('state', asked.state), ...equal('resource', asked.resource), ...equal('api_key', asked.apiKey), ...equal('correlation_id', asked.correlationId),
    ...(asked.tag === null ? [] : [sql`${column('tags')} @> array[${asked.tag}]::text[]`]),
  ];
}

/** Anywhere in the text; what means something to `like` stands for itself. */
const likely = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
