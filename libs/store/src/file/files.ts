/** What is known of files. A file is seen when it is whole, and never before. */
import { type FilePurpose, SluiceError, type StoredFile } from '@sluice/domain';
import { type Kysely, type RawBuilder, sql } from 'kysely';

const FILE: RawBuilder<unknown> = sql`
  id, environment_id as "environmentId", purpose, filename, bytes::float8 as bytes, chunks, sha256,
  extract(epoch from created_at)::float8 * 1000 as "createdAt", extract(epoch from expires_at)::float8 * 1000 as "expiresAt"`;

export interface BegunFile {
  readonly id: string;
  readonly environmentId: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly state: 'uploading' | 'writing';
}

export async function beginFile(db: Kysely<unknown>, { id, environmentId, purpose, filename, state }: BegunFile): Promise<void> {
  await sql`insert into file (id, environment_id, purpose, filename, state) values (${id}, ${environmentId}, ${purpose}, ${filename}, ${state})`.execute(db);
}

export interface WholeFile {
  readonly id: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly bytes: number;
  readonly chunks: number;
  readonly sha256: string;
  /** From its creation; null: kept until it is deleted. */
  readonly expiresInMs: number | null;
}

/** From now on it is seen. Rejects when it was not begun, or swept away as abandoned. */
export async function finishFile(db: Kysely<unknown>, file: WholeFile): Promise<StoredFile> {
  const { rows: [row] } = await sql<StoredFile>`
    update file set state = 'ready', purpose = ${file.purpose}, filename = ${file.filename}, bytes = ${file.bytes}, chunks = ${file.chunks}, sha256 = ${file.sha256},
      expires_at = created_at + ${file.expiresInMs}::float8 * interval '1 ms'
    where id = ${file.id} and state in ('uploading', 'writing') returning ${FILE}
  `.execute(db);
  if (!row) throw new Error(`file ${file.id} was not begun, or is gone`);
  return row;
}

export interface Owned {
  readonly environmentId: string;
  readonly id: string;
}

/** `not_found`: none of this environment, as OpenAI says it. */
export async function readFile(db: Kysely<unknown>, { environmentId, id }: Owned): Promise<StoredFile> {
  const { rows: [row] } = await sql<StoredFile>`
    select ${FILE} from file where id = ${id} and environment_id = ${environmentId} and state = 'ready' and (expires_at is null or expires_at > now())
  `.execute(db);
  if (!row) throw noSuchFile(id);
  return row;
}

export const noSuchFile = (id: string): SluiceError =>
  new SluiceError('not_found', `No such File object: ${id.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)}`, { param: 'id' });

export interface FilePage {
  readonly environmentId: string;
  readonly purpose: string | null;
  readonly after: string | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

/** One more than the limit where there is more. Ids grow with time, so they are the order. */
export async function listFiles(db: Kysely<unknown>, { environmentId, purpose, after, order, limit }: FilePage): Promise<readonly StoredFile[]> {
  const behind = order === 'asc' ? sql`id > ${after}` : sql`id < ${after}`;
  const { rows } = await sql<StoredFile>`
    select ${FILE} from file
    where environment_id = ${environmentId} and state = 'ready' and (expires_at is null or expires_at > now())
      and (${purpose}::text is null or purpose = ${purpose}) and (${after}::text is null or ${behind})
    order by id ${sql.raw(order)} limit ${limit + 1}
  `.execute(db);
  return rows;
}

/** Not seen from now on; its bytes go with the next `removableFiles`. `not_found`: there is none. */
export async function deleteFile(db: Kysely<unknown>, { environmentId, id }: Owned): Promise<void> {
  const { numAffectedRows } = await sql`
    update file set state = 'deleted' where id = ${id} and environment_id = ${environmentId} and state = 'ready'
  `.execute(db);
  if (numAffectedRows === 0n) throw noSuchFile(id);
}

/** An upload lasts no longer than the server lets a request last. */
const ABANDONED_AFTER = "interval '1 hour'";

/** Ids of what nobody can use any more: deleted, expired, or begun by an upload whose process died. */
export async function removableFiles(db: Kysely<unknown>): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from file
    where (state = 'deleted' or expires_at < now() or (state = 'uploading' and created_at < now() - ${sql.raw(ABANDONED_AFTER)}))
      -- Lines that wait are read from it.
      and not exists (select from batch where input_file_id = file.id and status in ('validating', 'in_progress', 'finalizing', 'cancelling'))
    order by id limit 1000
  `.execute(db);
  return rows.map(({ id }) => id);
}

/** The last trace; to be called when its chunks are gone. */
export async function forgetFile(db: Kysely<unknown>, id: string): Promise<void> {
  await sql`delete from file where id = ${id}`.execute(db);
}
