/**
 * Claims on idempotency keys. They are made in the statement that makes the work; who was first is read in a second one, which
 * sees what the first had to wait for. Kept for a day.
 */
import { type Kysely, sql } from 'kysely';
import { jsonRows } from './json-rows.ts';

export interface KeyClaim {
  /** Whose key it is: keys of different callers do not meet. */
  readonly scope: string;
  readonly key: string;
  /** Of the work that was to be made. */
  readonly id: string;
}

export interface KeyHolder {
  /** Of the work that was made under the key. */
  readonly id: string;
  /** Of the request that made it. */
  readonly fingerprint: string;
}

/** Who holds the keys, by the id of who wanted them. One that nobody holds (any more) is not there: it is free to be claimed. */
export async function keyHolders(db: Kysely<unknown>, wanted: readonly KeyClaim[]): Promise<ReadonlyMap<string, KeyHolder>> {
  const { rows } = await sql<{ wantedBy: string } & KeyHolder>`
    with asked as (
      select * from json_to_recordset(${jsonRows(wanted)}::json) as row (scope text, key text, id text)
    ), void as (
      delete from idempotency using asked
      where idempotency.scope = asked.scope and idempotency.key = asked.key and created_at < now() - interval '24 hours'
    )
    select asked.id as "wantedBy", idempotency.job as id, idempotency.fingerprint from asked
    join idempotency on idempotency.scope = asked.scope and idempotency.key = asked.key
    where created_at >= now() - interval '24 hours'
  `.execute(db);
  return new Map(rows.map(({ wantedBy, id, fingerprint }) => [wantedBy, { id, fingerprint }]));
}
