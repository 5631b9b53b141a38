/** Reading kept jobs: one, its answer, its attempts, a page of them. Everything that a caller can name is scoped by environment. */
import { beforeFirstFrameOf, createdAtOf, type End, type Frame, type Head, type Job, type JobWebhook } from '@sluice/domain';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { dayOf } from '../partitions.ts';
import type { ListQuestion, StoredAttempt, StoredJob } from './kept-jobs.ts';

const msOf = (column: string) => sql`round(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;

interface Row {
  readonly spec: Job;
  readonly generation: number;
  readonly state: StoredJob['state'];
  readonly webhook: JobWebhook | null;
  readonly head: Head | null;
  readonly ending: End | null;
  readonly answerId: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly cost: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

const COLUMNS = sql`
  spec, generation, state, webhook, head, ending, answer_id as "answerId", provider, model, cost,
  ${msOf('started_at')} as "startedAt", ${msOf('ended_at')} as "endedAt"`;

const jobOf = ({ spec, generation, ending, ...row }: Row): StoredJob => ({ ...row, job: { ...spec, kept: { generation } }, end: ending });

/** The day of a job's id; undefined for what no job is named. */
function dayOfJob(id: string): string | undefined {
  try {
    return dayOf(createdAtOf(id));
  } catch {
    return undefined; // not a job's id: there is no such job
  }
}

export async function find(db: Kysely<unknown>, environment: string, id: string): Promise<StoredJob | undefined> {
  const day = dayOfJob(id);
  if (day === undefined) return undefined;
  const { rows: [row] } = await sql<Row>`
    select ${COLUMNS} from job where day = ${day}::date and id = ${id} and environment = ${environment}
  `.execute(db);
  return row && jobOf(row);
}

export async function frames(db: Kysely<unknown>, id: string, after: number): Promise<readonly Frame[]> {
  const { rows: [row] } = await sql<{ generation: number; head: Head | null; answer: Buffer | null; sizes: readonly number[] | null }>`
    select generation, head, answer, answer_sizes as sizes from job where day = ${dayOf(createdAtOf(id))}::date and id = ${id}
  `.execute(db);
  if (!row?.head || !row.answer) return [];
  let seq = beforeFirstFrameOf({ kept: { generation: row.generation } }) + 1;
  let at = 0;
  const made: Frame[] = [{ job: id, seq, kind: 'head', data: Buffer.from(JSON.stringify(row.head)) }];
  for (const size of row.sizes ?? []) {
    seq += 1;
    made.push({ job: id, seq, kind: 'data', data: row.answer.subarray(at, at + size) });
    at += size;
  }
  return made.filter((frame) => frame.seq > after);
}

export async function list(db: Kysely<unknown>, question: ListQuestion): Promise<readonly StoredJob[]> {
  const conditions: RawBuilder<unknown>[] = [
    sql`environment = ${question.environment}`,
    sql`day >= ${dayOf(question.createdAfter)}::date`,
    sql`created_at >= to_timestamp(${question.createdAfter}::float8 / 1000)`,
  ];
  const add = (value: string | null, condition: RawBuilder<unknown>) => { if (value !== null) conditions.push(condition); };
  add(question.after, sql`id < ${question.after}`);
  add(question.state, sql`state = ${question.state}`);
  add(question.resource, sql`resource = ${question.resource}`);
  add(question.tag, sql`tags @> array[${question.tag}]::text[] and tags <> '{}'`);
  add(question.correlationId, sql`correlation_id = ${question.correlationId}`);
  add(question.answerId, sql`answer_id = ${question.answerId}`);
  const { rows } = await sql<Row>`
    select ${COLUMNS} from job where ${sql.join(conditions, sql` and `)} order by id desc limit ${question.limit}
  `.execute(db);
  return rows.map(jobOf);
}

export async function attempts(db: Kysely<unknown>, id: string): Promise<readonly StoredAttempt[]> {
  const { rows } = await sql<StoredAttempt>`
    select
      attempt, connection, provider, model, outcome, error_code as "errorCode", http_status as "httpStatus",
      upstream_request_id as "upstreamRequestId", ${msOf('queued_at')} as "queuedAt", ${msOf('sent_at')} as "sentAt",
      ${msOf('first_byte_at')} as "firstByteAt", ${msOf('ended_at')} as "endedAt",
      input_tokens::float8 as "inputTokens", output_tokens::float8 as "outputTokens"
    from audit_attempt where day = ${dayOf(createdAtOf(id))}::date and job = ${id} order by attempt
  `.execute(db);
  return rows;
}

/** At a time; the rest follows with the next call. */
const FORGOTTEN_AT_ONCE = 5_000;

export async function forget(db: Kysely<unknown>, environment: string, createdBefore: number): Promise<number> {
  await sql`delete from idempotency where created_at < now() - interval '24 hours'`.execute(db);
  const { rows } = await sql<{ id: string }>`
    delete from job where (day, id) in (
      select day, id from job
      where environment = ${environment} and day <= ${dayOf(createdBefore)}::date and state <> 'queued'
        and created_at < to_timestamp(${createdBefore}::float8 / 1000)
      limit ${FORGOTTEN_AT_ONCE})
    returning id
  `.execute(db);
  return rows.length;
}
