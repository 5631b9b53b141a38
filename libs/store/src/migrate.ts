/** Brings the database to this release's tables. Any number of processes may do so at once: the others wait for the first. */
import { type Kysely, Migrator, type Migration, sql } from 'kysely';
import { MIGRATIONS } from './migrations/index.ts';

const TABLE = 'migration';

/** Returns the names of what it applied, empty when all was there. Rejects, with nothing half done, when one fails. */
export async function migrate(db: Kysely<unknown>): Promise<readonly string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...(await appliedByNewerRelease(db)), ...MIGRATIONS }) },
    migrationTableName: TABLE,
    migrationLockTableName: `${TABLE}_lock`,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    throw new Error(`the database could not be migrated${failed ? `: ${failed} failed` : ''}`, { cause: error });
  }
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/** During an update this release may start after a newer one has migrated: what that one did is left as it is. */
async function appliedByNewerRelease(db: Kysely<unknown>): Promise<Record<string, Migration>> {
  const { rows: [found] } = await sql<{ there: boolean }>`select to_regclass(${TABLE}) is not null as there`.execute(db);
  if (!found?.there) return {};
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(TABLE)}`.execute(db);
  const unknown = rows.filter(({ name }) => !(name in MIGRATIONS));
  return Object.fromEntries(unknown.map(({ name }) => [name, { up: () => Promise.resolve() }]));
}
