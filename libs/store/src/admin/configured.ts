/** What is configured in an environment, as operators read it: rows with their etags, secrets as fingerprints. */
import { type Kysely, sql } from 'kysely';
import { shown } from '../reconcile/plan.ts';
import type { Kind, Row } from '../reconcile/rows.ts';
import { readRows } from '../reconcile/written.ts';
import { etagOf } from './change.ts';

export interface ConfiguredRow {
  readonly row: Row;
  readonly etag: string;
  /** Declared by the configuration file, and read-only here. */
  readonly managed: boolean;
}

export type ConfiguredRows = Readonly<Record<Kind, readonly ConfiguredRow[]>>;

export async function configuredRows(db: Kysely<unknown>, environmentId: string): Promise<ConfiguredRows> {
  const rows = await readRows(db, environmentId);
  const told = (kind: Kind) => rows[kind].map((row) => ({ row: shown(row), etag: etagOf(row), managed: row['managed'] === true }));
  return { connection: told('connection'), priority: told('priority'), resource: told('resource'), api_key: told('api_key') };
}

export interface KeyUse {
  /** Id of the key. */
  readonly apiKey: string;
  readonly jobs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number | null;
  /** Epoch ms of the last job's creation. */
  readonly lastUsedAt: number;
}

/** Of jobs that are final and were created since `from` (epoch ms). */
export async function useOfKeys(db: Kysely<unknown>, environmentId: string, from: number): Promise<readonly KeyUse[]> {
  const { rows } = await sql<KeyUse>`
    select api_key as "apiKey", count(*)::float8 as jobs, coalesce(sum(input_tokens), 0)::float8 as "inputTokens",
      coalesce(sum(output_tokens), 0)::float8 as "outputTokens", sum(cost)::float8 as cost,
      round(extract(epoch from max(created_at)) * 1000)::float8 as "lastUsedAt"
    from audit
    where environment = ${environmentId} and day >= (to_timestamp(${from}::float8 / 1000) at time zone 'UTC')::date
      and created_at >= to_timestamp(${from}::float8 / 1000)
    group by api_key
  `.execute(db);
  return rows;
}
