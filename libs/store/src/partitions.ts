/**
 * Tables that grow for ever are cut by day (UTC): a day is dropped at once, without touching a row. Partitions are made
 * ahead; a row of a day that has none yet (drained late, or back-filled) makes its own.
 *
 * A partition is created apart and then attached, which locks out neither readers nor writers of the table.
 */
import { type Kysely, sql, type Transaction } from 'kysely';

export const PARTITIONED = ['audit', 'audit_attempt', 'job', 'metric_attempt'] as const;
export type Partitioned = (typeof PARTITIONED)[number];

/** `2026-01-31`, UTC. */
export type Day = string;

const DAY_MS = 86_400_000;
/** Long enough to pass a weekend with nobody there to make new ones. */
const DAYS_AHEAD = 4;
/** A job lives a day, a line of a batch a week: what is older than this is final. */
export const LONGEST_UNFINISHED_MS = 8 * DAY_MS;
/** Any fixed number of our own: partitions are made and dropped by one process at a time. */
const LOCK = 5_148_226_301;

export const dayOf = (at: number): Day => new Date(at).toISOString().slice(0, -'T00:00:00.000Z'.length);

export class Partitions {
  readonly #db: Kysely<unknown>;
  /** Those known to be there, so that the usual insert asks nothing first. */
  readonly #known = new Set<string>();

  constructor(db: Kysely<unknown>) {
    this.#db = db;
  }

  /** Yesterday, because records of jobs created before midnight still come; the next days, so that midnight costs nothing. */
  async prepare(now: number): Promise<void> {
    const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => dayOf(now + (index - 1) * DAY_MS));
    for (const table of PARTITIONED) await this.#ensure(table, days);
  }

  /** Runs an insert of rows of these days; makes what is missing, also when it was dropped a moment ago. */
  async inserting(table: Partitioned, days: ReadonlySet<Day>, insert: () => Promise<void>): Promise<void> {
    await this.#ensure(table, [...days]);
    try {
      await insert();
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      for (const day of days) this.#known.delete(partitionOf(table, day));
      await this.#ensure(table, [...days]);
      await insert();
    }
  }

  async #ensure(table: Partitioned, days: readonly Day[]): Promise<void> {
    const missing = days.filter((day) => !this.#known.has(partitionOf(table, day)));
    if (missing.length === 0) return;
    await this.#db.transaction().execute(async (transaction) => {
      await lock(transaction);
      for (const day of missing) await create(transaction, table, day);
    });
    for (const day of missing) this.#known.add(partitionOf(table, day));
  }

  /** Drops the days that ended before `now - retentionMs`, of jobs not before all of them are final; returns the partitions dropped. */
  async dropOlderThan(retentionMs: number, now: number): Promise<readonly string[]> {
    const dropped: string[] = [];
    for (const table of PARTITIONED) {
      const before = now - Math.max(retentionMs, table === 'job' ? LONGEST_UNFINISHED_MS : 0);
      const old = (await this.#list(table)).filter((name) => name < partitionOf(table, dayOf(before)));
      for (const name of old) {
        await this.#db.transaction().execute(async (transaction) => {
          await lock(transaction);
          // A reader in the middle of a long query is not to hold up every writer behind us.
          await sql`set local lock_timeout = '2s'`.execute(transaction);
          await sql`drop table if exists ${sql.table(name)}`.execute(transaction);
        });
        this.#known.delete(name);
        dropped.push(name);
      }
    }
    return dropped;
  }

  async #list(table: Partitioned): Promise<readonly string[]> {
    const { rows } = await sql<{ name: string }>`
      select child.relname as name from pg_inherits
      join pg_class child on child.oid = inhrelid
      where inhparent = to_regclass(${table})
      order by child.relname
    `.execute(this.#db);
    return rows.map(({ name }) => name);
  }
}

const partitionOf = (table: Partitioned, day: Day): string => `${table}_${day.replaceAll('-', '')}`;

const lock = (db: Transaction<unknown>) => sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(db);

async function create(db: Transaction<unknown>, table: Partitioned, day: Day): Promise<void> {
  const name = partitionOf(table, day);
  const { rows: [found] } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(db);
  if (found?.there) return;
  // The zone matters to timestamps and is passed over by dates.
  const from = sql.lit(`${day}T00:00:00Z`);
  const to = sql.lit(`${dayOf(Date.parse(day) + DAY_MS)}T00:00:00Z`);
  await sql`create table ${sql.table(name)} (like ${sql.table(table)} including defaults including constraints including storage)`.execute(db);
  await sql`alter table ${sql.table(table)} attach partition ${sql.table(name)} for values from (${from}) to (${to})`.execute(db);
}

/** `23514` is also a broken check constraint: only its text tells that no partition was found. */
const isMissingPartition = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23514' && error.message.startsWith('no partition');
