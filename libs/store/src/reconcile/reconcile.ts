/**
 * Makes an environment what its configuration file declares, in one transaction. Decided by plan.ts; repeated, it finds
 * nothing to do and leaves the version as it is.
 */
import { SluiceError } from '@sluice/domain';
import type { ConfigurationFile } from '@sluice/domain/configuration-file';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Change, plan, same, type Step } from './plan.ts';
import { reconcileWebhooks } from './reconcile-webhooks.ts';
import { COLUMNS, desiredRows, idOf, json, type Kind, type Row, type Rows } from './rows.ts';

export interface ReconcileOptions {
  /** 32 bytes: see parseMasterKey. */
  readonly masterKey: Uint8Array;
  /** Who is written into the admin events, such as `file:sluice.yaml`. */
  readonly actor: string;
}

export interface Reconciled {
  readonly changes: readonly Change[];
  /** Of the configuration afterwards; the same as before when nothing changed. */
  readonly version: number;
}

const WORKSPACE = 'default';

/** Rejects with nothing changed. `invalid_request`: an API key has the value of a key of another environment. */
export async function reconcile(db: Kysely<unknown>, file: ConfigurationFile, options: ReconcileOptions): Promise<Reconciled> {
  try {
    return await db.transaction().execute((transaction) => reconcileIn(transaction, file, options));
  } catch (cause) {
    if (!isTakenKey(cause)) throw cause;
    throw new SluiceError('invalid_request', 'an API key of the file is already a key of another environment', { cause });
  }
}

async function reconcileIn(db: Transaction<unknown>, file: ConfigurationFile, options: ReconcileOptions): Promise<Reconciled> {
  const version = await lockVersion(db);
  const environment = await reconcileEnvironment(db, file);
  const current = await readRows(db, environment.id);
  const desired = desiredRows(file, { environmentId: environment.id, masterKey: options.masterKey, current });
  const steps = plan(current, desired);
  for (const step of steps) await apply(db, step, environment.id);
  const webhooks = await reconcileWebhooks(db, file, { environmentId: environment.id, masterKey: options.masterKey });
  const changes = [...environment.changes, ...steps.map((step) => step.change), ...webhooks];
  if (changes.length === 0) return { changes, version };
  await recordEvents(db, changes, { environmentId: environment.id, actor: options.actor });
  return { changes, version: await raiseVersion(db) };
}

/** Whoever changes configuration holds this row, so that changes come one after another. */
async function lockVersion(db: Transaction<unknown>): Promise<number> {
  const { rows: [row] } = await sql<{ version: string }>`select version from configuration_version for update`.execute(db);
  if (!row) throw new Error('the database holds no configuration version: it was not migrated');
  return Number(row.version);
}

async function raiseVersion(db: Transaction<unknown>): Promise<number> {
  const { rows: [row] } = await sql<{ version: string }>`
    update configuration_version set version = version + 1 returning version
  `.execute(db);
  return Number(row?.version);
}

async function reconcileEnvironment(db: Transaction<unknown>, file: ConfigurationFile) {
  await sql`insert into workspace (id, name) values (${WORKSPACE}, ${WORKSPACE}) on conflict do nothing`.execute(db);
  const { rows: [found] } = await sql<{ id: string; settings: Row }>`
    select id, settings from environment where workspace_id = ${WORKSPACE} and name = ${file.environment}
  `.execute(db);
  const id = found?.id ?? idOf('env', WORKSPACE, file.environment);
  const settings = json({ v: 1, ...file.settings });
  if (found && same(found.settings, settings)) return { id, changes: [] };
  await sql`
    insert into environment (id, workspace_id, name, settings)
    values (${id}, ${WORKSPACE}, ${file.environment}, ${JSON.stringify(settings)}::jsonb)
    on conflict (id) do update set settings = excluded.settings
  `.execute(db);
  const change: Change = {
    action: found ? 'updated' : 'created',
    kind: 'environment',
    name: file.environment,
    before: found ? { name: file.environment, settings: found.settings } : null,
    after: { name: file.environment, settings },
  };
  return { id, changes: [change] };
}

async function readRows(db: Transaction<unknown>, environmentId: string): Promise<Rows> {
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

async function apply(db: Transaction<unknown>, { kind, row, change }: Step, environmentId: string): Promise<void> {
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

async function recordEvents(
  db: Transaction<unknown>, changes: readonly Change[], by: { environmentId: string; actor: string },
): Promise<void> {
  await sql`
    insert into admin_event (environment_id, actor, action, kind, name, before, after)
    select ${by.environmentId}, ${by.actor}, action, kind, name, nullif(before, 'null'), nullif(after, 'null')
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb)
      as change (action text, kind text, name text, before jsonb, after jsonb)
  `.execute(db);
}

const isTakenKey = (error: unknown): boolean =>
  error instanceof Error && 'constraint' in error && error.constraint === 'api_key_hash_unique';
