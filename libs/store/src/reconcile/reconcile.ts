/**
 * Makes an environment what its configuration file declares, in one transaction. Decided by plan.ts; repeated, it finds
 * nothing to do and leaves the version as it is.
 */
import { SluiceError } from '@sluice/domain';
import type { ConfigurationFile } from '@sluice/domain/configuration-file';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Change, plan, same } from './plan.ts';
import { reconcileWebhooks } from './reconcile-webhooks.ts';
import { desiredRows, idOf, json, type Row } from './rows.ts';
import { apply, isTakenKey, lockVersion, raiseVersion, readRows, recordEvents } from './written.ts';

export interface ReconcileOptions {
  /** 32 bytes: see parseMasterKey. */
  readonly masterKey: Uint8Array;
  /** Who is written into the admin events, such as `file:sluice.yaml`. */
  readonly actor: string;
  /** Tell what would change, and change nothing. */
  readonly dryRun?: boolean;
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
    return await db.transaction().execute(async (transaction) => {
      const reconciled = await reconcileIn(transaction, file, options);
      if (options.dryRun) throw new DryRun(reconciled);
      return reconciled;
    });
  } catch (cause) {
    if (cause instanceof DryRun) return cause.reconciled;
    if (!isTakenKey(cause)) throw cause;
    throw new SluiceError('invalid_request', 'an API key of the file is already a key of another environment', { cause });
  }
}

/** Thrown so that the transaction takes everything back. */
class DryRun extends Error {
  readonly reconciled: Reconciled;

  constructor(reconciled: Reconciled) {
    super('a dry run');
    this.reconciled = reconciled;
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
