/** What is due to an endpoint, and what came of it. */
import { createdAtOf, type EventType, INLINE_RESULT_BYTES } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { jsonRows } from '../json-rows.ts';
import { dayOf } from '../partitions.ts';

export interface DueDelivery {
  readonly eventId: string;
  readonly endpointId: string;
  readonly type: EventType;
  readonly subject: string;
  /** The answer, where it is to be told and is JSON of a size that may be; else null. */
  readonly result: string | null;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tries: number;
  /** Since the delivery was first due. */
  readonly elapsedMs: number;
}

/** The oldest that are due, without those under way. */
export async function dueDeliveries(
  db: Kysely<unknown>, endpointId: string, { most, underWay }: { most: number; underWay: readonly string[] },
): Promise<readonly DueDelivery[]> {
  const { rows } = await sql<Omit<DueDelivery, 'result'> & { inlineResult: boolean }>`
    select event_id as "eventId", endpoint_id as "endpointId", type, subject, inline_result as "inlineResult", tries,
      extract(epoch from created_at)::float8 * 1000 as "createdAt",
      extract(epoch from clock_timestamp() - due_since)::float8 * 1000 as "elapsedMs"
    from delivery
    where endpoint_id = ${endpointId} and state = 'waiting' and next_try_at <= clock_timestamp() and event_id <> all (${underWay})
    order by next_try_at limit ${most}
  `.execute(db);
  const results = await inlineResults(db, rows.filter(({ inlineResult }) => inlineResult).map(({ subject }) => subject));
  return rows.map(({ inlineResult: _, ...row }) => ({ ...row, result: results.get(row.subject) ?? null }));
}

/** Whole answers in JSON of those of the subjects that are jobs; what is streamed is no JSON, and a batch has none. */
async function inlineResults(db: Kysely<unknown>, subjects: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const jobs = subjects.filter((subject) => subject.startsWith('job_'));
  if (jobs.length === 0) return new Map();
  const { rows } = await sql<{ id: string; answer: Buffer }>`
    select id, answer from job
    where day = any(${[...new Set(jobs.map((id) => dayOf(createdAtOf(id))))]}::date[]) and id = any(${jobs}::text[]) and state = 'completed'
      and octet_length(answer) <= ${INLINE_RESULT_BYTES} and head ->> 'contentType' like 'application/json%'
  `.execute(db);
  return new Map(rows.flatMap(({ id, answer }) => (isJson(answer) ? [[id, answer.toString()] as const] : [])));
}

function isJson(answer: Buffer): boolean {
  try {
    JSON.parse(answer.toString());
    return true;
  } catch {
    return false; // a provider may say what it likes
  }
}

/** One try, as it is logged. */
export interface DeliveryTry {
  /** Epoch ms. */
  readonly at: number;
  readonly ms: number;
  /** Null: no answer came. */
  readonly status: number | null;
  readonly error: string | null;
  /** Where the receiver's answer begins. */
  readonly answer: string | null;
}

export interface TriedDelivery {
  readonly eventId: string;
  readonly endpointId: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  /** Of one that waits. */
  readonly nextTryInMs: number | null;
  readonly log: DeliveryTry;
  readonly endpoint: { readonly failures: number; readonly pausedForMs: number; readonly gone: boolean };
}

/** Redelivering may make many tries; the log keeps the last ones. */
const LOGGED_TRIES = 50;

/** The delivery and its endpoint's breaker. One that was delivered meanwhile stays so. */
export async function recordTry(db: Kysely<unknown>, { eventId, endpointId, state, nextTryInMs, log, endpoint }: TriedDelivery): Promise<void> {
  await sql`
    with endpoint as (
      update webhook_endpoint set
        failures = ${endpoint.failures},
        paused_until = case when ${endpoint.pausedForMs}::float8 > 0 then clock_timestamp() + ${endpoint.pausedForMs}::float8 * interval '1 ms' else '-infinity' end,
        state = case when ${endpoint.gone}::boolean then 'disabled' else state end
      where id = ${endpointId}
    )
    update delivery set
      state = case when state = 'delivered' then state else ${state} end,
      tries = tries + 1,
      next_try_at = clock_timestamp() + ${nextTryInMs ?? 0}::float8 * interval '1 ms',
      log = (case when jsonb_array_length(log) >= ${LOGGED_TRIES} then log - 0 else log end) || ${jsonRows([log])}::jsonb
    where event_id = ${eventId} and endpoint_id = ${endpointId}
  `.execute(db);
}

export interface LoggedDelivery {
  readonly eventId: string;
  readonly endpointId: string;
  readonly type: EventType;
  readonly subject: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly tries: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly nextTryAt: string | null;
  readonly log: readonly DeliveryTry[];
}

export interface DeliveryFilter {
  readonly environmentId: string;
  readonly endpointId?: string;
  readonly subject?: string;
  readonly limit: number;
}

/** The newest first. */
export async function listDeliveries(db: Kysely<unknown>, { environmentId, endpointId, subject, limit }: DeliveryFilter): Promise<readonly LoggedDelivery[]> {
  const { rows } = await sql<LoggedDelivery>`
    select event_id as "eventId", endpoint_id as "endpointId", type, subject, state, tries, log,
      to_json(created_at) as "createdAt", case when state = 'waiting' then to_json(next_try_at) end as "nextTryAt"
    from delivery
    where environment_id = ${environmentId}
      and (${endpointId ?? null}::text is null or endpoint_id = ${endpointId ?? null})
      and (${subject ?? null}::text is null or subject = ${subject ?? null})
    order by created_at desc, event_id desc limit ${limit}
  `.execute(db);
  return rows;
}

/** Tried again from the beginning of the schedule, with the same `webhook-id`, whatever became of it. False: there is none. */
export async function redeliver(db: Kysely<unknown>, of: { environmentId: string; endpointId: string; eventId: string }): Promise<boolean> {
  const { rows } = await sql`
    with delivery as (
      update delivery set state = 'waiting', tries = 0, due_since = clock_timestamp(), next_try_at = clock_timestamp()
      where environment_id = ${of.environmentId} and endpoint_id = ${of.endpointId} and event_id = ${of.eventId}
      returning endpoint_id
    )
    -- Whoever asks for it believes that the receiver is well again.
    update webhook_endpoint set paused_until = '-infinity' where id in (select endpoint_id from delivery) returning id
  `.execute(db);
  return rows.length > 0;
}

/** Delivered and given-up ones that are older than the retention, a bounded number at a time. Returns how many went. */
export async function dropDeliveries(db: Kysely<unknown>, retentionMs: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from delivery where (event_id, endpoint_id) in (
      select event_id, endpoint_id from delivery
      where state <> 'waiting' and created_at < now() - ${retentionMs}::float8 * interval '1 ms' limit 10000
    )
  `.execute(db);
  return Number(numAffectedRows ?? 0n);
}
