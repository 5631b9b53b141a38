/** How a change of configuration is written: in turn, row by row, with an event for each and a new version at the end. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AdminEvent } from '../admin/events.ts';
import type { Step } from './plan.ts';
import { COLUMNS, type Kind, type Row, type Rows } from './rows.ts';

/** Whoever changes configuration holds this row, so that changes come one after another. */
export async function lockVersion(db: Transaction<unknown>): Promise<number> {
  const { rows: [row] } = await sql<{ version: string }>`select version from configuration_version for update`.execute(db);
  if (!row) throw new Error('the database holds no configuration version: it was not migrated');
  return Number(row.version);
}

export async function raiseVersion(db: Transaction<unknown>): Promise<number> {
  const { rows: [row] } = await sql<{ version: string }>`
    update configuration_version set version = version + 1 returning version
  `.execute(db);
  return Number(row?.version);
}

export async function readRows(db: Kysely<unknown>, environmentId: string): Promise<Rows> {
  const of = async (kind: Kind): Promise<readonly Row[]> => {
    const { rows } = await sql<{ row: Row }>`
      select to_jsonb(t) as row from ${sql.table(kind)} t where environment_id = ${environmentId}
    `.execute(db);
    // Only what a reconcile writes is compared with what it would write. A row of these tables has a name.
    return rows.map(({ row }) => Object.fromEntries(COLUMNS[kind].map((column) => [column, row[column] ?? null])) as Row);
  };
  return {
    connection: await of('connection'),
    priority: await of('priority'),
    resource: await of('resource'),
    api_key: await of('api_key'),
  };
}

export async function apply(db: Transaction<unknown>, { kind, row, change }: Step, environmentId: string): Promise<void> {
  const table = sql.table(kind);
  if (change.action === 'deleted') {
    await sql`delete from ${table} where environment_id = ${environmentId} and name = ${row.name}`.execute(db);
    return;
  }
  const columns = sql.join(COLUMNS[kind].map((column) => sql.ref(column)));
  const excluded = sql.join(COLUMNS[kind].map((column) => sql.ref(`excluded.${column}`)));
  await sql`
    insert into ${table} (${columns})
    select ${columns} from jsonb_populate_record(null::${table}, ${JSON.stringify(row)}::jsonb)
    on conflict (environment_id, name) do update set (${columns}) = row (${excluded})
  `.execute(db);
}

export async function recordEvents(
  db: Kysely<unknown>, changes: readonly Pick<AdminEvent, 'action' | 'kind' | 'name' | 'before' | 'after'>[],
  by: { readonly environmentId: string | null; readonly actor: string },
): Promise<void> {
  await sql`
    insert into admin_event (environment_id, actor, action, kind, name, before, after)
    select ${by.environmentId}, ${by.actor}, action, kind, name, nullif(before, 'null'), nullif(after, 'null')
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb)
      as change (action text, kind text, name text, before jsonb, after jsonb)
  `.execute(db);
}

export const isTakenKey = (error: unknown): boolean =>
  error instanceof Error && 'constraint' in error && error.constraint === 'api_key_hash_unique';
