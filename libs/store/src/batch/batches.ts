/** Batches by themselves: made, looked at, cancelled, and their way from one status to the next. */
import { type Batch, batchEnd, type BatchError, type BatchOutcome, SluiceError } from '@sluice/domain';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { keyHolders } from '../idempotency.ts';
import { deliveriesOfEvents } from '../webhook/insert-deliveries.ts';

const ms = (column: string) => sql`extract(epoch from ${sql.ref(column)})::float8 * 1000`;
const BATCH: RawBuilder<unknown> = sql`
  id, environment_id as "environmentId", api_key_id as "apiKeyId", endpoint, completion_window as "completionWindow",
  input_file_id as "inputFileId", output_file_id as "outputFileId", error_file_id as "errorFileId", status, errors, metadata, options, total, outcome,
  ${ms('created_at')} as "createdAt", ${ms('expires_at')} as "expiresAt", ${ms('in_progress_at')} as "inProgressAt",
  ${ms('finalizing_at')} as "finalizingAt", ${ms('completed_at')} as "completedAt", ${ms('failed_at')} as "failedAt",
  ${ms('expired_at')} as "expiredAt", ${ms('cancelling_at')} as "cancellingAt", ${ms('cancelled_at')} as "cancelledAt"`;

export type NewBatch = Pick<Batch, 'id' | 'environmentId' | 'apiKeyId' | 'endpoint' | 'completionWindow' | 'inputFileId' | 'metadata' | 'options' | 'createdAt' | 'expiresAt'>;

export interface BatchKey {
  /** The caller's own. */
  readonly key: string;
  /** Of the request. */
  readonly fingerprint: string;
}

/** A key that expires between the two statements is asked for again. */
const TRIES = 3;

/** Under a key that was used before: the batch made then. `conflict`: by another request. */
export async function createBatch(db: Kysely<unknown>, batch: NewBatch, idempotency: BatchKey | null): Promise<Batch | 'conflict'> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const made = await insertBatch(db, batch, idempotency);
    if (made) return made;
    const wanted = { scope: batch.apiKeyId, key: idempotency?.key ?? '', id: batch.id };
    const holder = (await keyHolders(db, [wanted])).get(batch.id);
    if (holder) return holder.fingerprint === idempotency?.fingerprint ? readBatch(db, { environmentId: batch.environmentId, id: holder.id }) : 'conflict';
  }
  throw new Error(`the idempotency key of ${batch.id} changes hands too fast`);
}

async function insertBatch(db: Kysely<unknown>, batch: NewBatch, idempotency: BatchKey | null): Promise<Batch | undefined> {
  const at = (time: number) => sql`to_timestamp(${time}::float8 / 1000)`;
  const { rows: [row] } = await sql<Batch>`
    with claimed as (
      insert into idempotency (scope, key, fingerprint, job)
      select ${batch.apiKeyId}, ${idempotency?.key ?? ''}, ${idempotency?.fingerprint ?? ''}, ${batch.id} where ${idempotency !== null}::boolean
      on conflict do nothing
      returning job
    )
    insert into batch (id, environment_id, api_key_id, endpoint, completion_window, input_file_id, metadata, options, created_at, expires_at)
    select ${batch.id}, ${batch.environmentId}, ${batch.apiKeyId}, ${batch.endpoint}, ${batch.completionWindow}, ${batch.inputFileId},
      ${batch.metadata === null ? null : JSON.stringify(batch.metadata)}::json, ${JSON.stringify(batch.options)}::json, ${at(batch.createdAt)}, ${at(batch.expiresAt)}
    where ${idempotency === null}::boolean or exists (select from claimed)
    returning ${BATCH}
  `.execute(db);
  return row;
}

export interface OwnedBatch {
  readonly environmentId: string;
  readonly id: string;
}

/** `not_found`: none of this environment. */
export async function readBatch(db: Kysely<unknown>, { environmentId, id }: OwnedBatch): Promise<Batch> {
  const { rows: [row] } = await sql<Batch>`select ${BATCH} from batch where id = ${id} and environment_id = ${environmentId}`.execute(db);
  if (!row) throw noSuchBatch(id);
  return row;
}

const noSuchBatch = (id: string): SluiceError =>
  new SluiceError('not_found', `No batch found with id '${id.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)}'.`, { param: 'batch_id' });

/** Newest first; one more than the limit where there is more. */
export async function listBatches(db: Kysely<unknown>, of: { environmentId: string; after: string | null; limit: number }): Promise<readonly Batch[]> {
  const { rows } = await sql<Batch>`
    select ${BATCH} from batch
    where environment_id = ${of.environmentId} and (${of.after}::text is null or id < ${of.after})
    order by id desc limit ${of.limit + 1}
  `.execute(db);
  return rows;
}

/** Asking twice is asking once. `invalid_request`: it is over, or nearly. */
export async function cancelBatch(db: Kysely<unknown>, { environmentId, id }: OwnedBatch): Promise<Batch> {
  const { rows: [row] } = await sql<Batch>`
    update batch set status = 'cancelling', cancelling_at = coalesce(cancelling_at, now())
    where id = ${id} and environment_id = ${environmentId} and status in ('validating', 'in_progress', 'cancelling') returning ${BATCH}
  `.execute(db);
  if (row) return row;
  const { status } = await readBatch(db, { environmentId, id });
  throw new SluiceError('invalid_request', `Cannot cancel a batch with status '${status}'.`);
}

export interface HeldBatch extends Batch {
  /** Rises with each owner; what is written later names it. */
  readonly lease: number;
}

/** Unfinished batches that nobody looks after, those left longest first. */
export async function claimBatches(db: Kysely<unknown>, { leaseMs, most }: { leaseMs: number; most: number }): Promise<readonly HeldBatch[]> {
  const { rows } = await sql<Batch & { lease: string }>`
    update batch set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 ms', lease_number = lease_number + 1
    where id in (
      select id from batch where status in ('validating', 'in_progress', 'finalizing', 'cancelling') and lease_until < clock_timestamp()
      order by lease_until limit ${most} for update skip locked)
    returning ${BATCH}, lease_number as lease
  `.execute(db);
  return rows.map((row) => ({ ...row, lease: Number(row.lease) }));
}

type Lease = Pick<HeldBatch, 'id' | 'lease'>;

/** False: somebody else has it. */
export async function renewBatch(db: Kysely<unknown>, { id, lease }: Lease, leaseMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update batch set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 ms'
    where id = ${id} and lease_number = ${lease}
  `.execute(db);
  return numAffectedRows === 1n;
}

/** To be looked at again after so long. */
export async function releaseBatch(db: Kysely<unknown>, { id, lease }: Lease, againInMs: number): Promise<void> {
  await sql`
    update batch set lease_until = clock_timestamp() + ${againInMs}::float8 * interval '1 ms'
    where id = ${id} and lease_number = ${lease}
  `.execute(db);
}

/** Its lines are there, and may be fed from now on. False: it was cancelled, or is another's. */
export async function beginBatch(db: Kysely<unknown>, { id, lease }: Lease, total: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update batch set status = 'in_progress', in_progress_at = now(), total = ${total} where id = ${id} and lease_number = ${lease} and status = 'validating'
  `.execute(db);
  return numAffectedRows === 1n;
}

export async function failBatch(db: Kysely<unknown>, { id, lease }: Lease, errors: readonly BatchError[]): Promise<void> {
  await sql`
    with final as (
      update batch set status = 'failed', failed_at = now(), errors = ${JSON.stringify(errors)}::json
      where id = ${id} and lease_number = ${lease} and status = 'validating' returning *
    ), ${eventOf('batch.failed')}, ${deliveriesOfEvents} select
  `.execute(db);
}

export async function finalizeBatch(db: Kysely<unknown>, { id, lease }: Lease): Promise<void> {
  await sql`
    update batch set status = 'finalizing', finalizing_at = now() where id = ${id} and lease_number = ${lease} and status in ('in_progress', 'cancelling')
  `.execute(db);
}

export interface BatchFiles {
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
}

/** The last status, the files, and who is told of it: together. */
export async function endBatch(db: Kysely<unknown>, batch: HeldBatch, { outcome, files }: { outcome: BatchOutcome; files: BatchFiles }): Promise<void> {
  const status = batchEnd(batch, outcome.counts);
  await sql`
    with final as (
      update batch set status = ${status}, outcome = ${JSON.stringify(outcome)}::json, output_file_id = ${files.outputFileId}, error_file_id = ${files.errorFileId}, ${sql.ref(`${status}_at`)} = now()
      where id = ${batch.id} and lease_number = ${batch.lease} and status = 'finalizing' returning *
    ), ${eventOf(`batch.${status}`)}, ${deliveriesOfEvents} select
  `.execute(db);
}

const eventOf = (type: string): RawBuilder<unknown> => sql`event as (
  select replace(id, 'batch_', 'evt_') as id, environment_id, ${type}::text as type, id as subject, (options -> 'webhook')::jsonb as webhook from final
)`;
