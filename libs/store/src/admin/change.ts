/**
 * One configured thing changed by an operator: in one transaction, in turn with all others, with its event and a new version.
 * What a configuration file declares is the file's: changed here it would come back with the next start.
 */
import { SluiceError } from '@sluice/domain';
import { type Kysely, type Transaction } from 'kysely';
import { canonical, same, shown } from '../reconcile/plan.ts';
import { digest, type Kind, type Row, type Rows } from '../reconcile/rows.ts';
import { apply, isTakenKey, lockVersion, raiseVersion, readRows, recordEvents } from '../reconcile/written.ts';
import type { AdminAction, AdminKind } from './events.ts';

export interface Changing {
  readonly environmentId: string;
  readonly actor: string;
  /** Tell what would change, and change nothing. */
  readonly dryRun: boolean;
}

export interface Asked extends Changing {
  readonly kind: Kind;
  readonly name: string;
  /** The etag that the caller has seen; null: whatever there is. */
  readonly ifMatch: string | null;
}

/** What was, or would be, done. Secrets are shown as fingerprints. */
export interface Changed {
  readonly action: AdminAction;
  readonly kind: AdminKind;
  readonly name: string;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly etag: string | null;
  /** Of the configuration afterwards. */
  readonly version: number;
}

export interface Decided {
  readonly action: AdminAction;
  /** Null: it goes. */
  readonly after: Row | null;
}

/** Sees the row as it is (undefined: there is none) and all others of the environment. Throws what it cannot do. */
export type Decide = (before: Row | undefined, rows: Rows) => Decided;

/** Changes with every change of the row, and with nothing else. */
export const etagOf = (row: Row): string => `"${digest(canonical(row)).slice(0, 20)}"`;

/** Throws `not_found` from the decision, `precondition_failed`, `conflict` (declared by the file, or a key that is taken). */
export async function changeRow(db: Kysely<unknown>, asked: Asked, decide: Decide): Promise<Changed> {
  try {
    return await db.transaction().execute((transaction) => changeIn(transaction, asked, decide));
  } catch (cause) {
    if (!isTakenKey(cause)) throw cause;
    throw new SluiceError('conflict', 'this key is already in use', { param: 'key', cause });
  }
}

async function changeIn(db: Transaction<unknown>, asked: Asked, decide: Decide): Promise<Changed> {
  const { environmentId, kind, name, ifMatch, dryRun, actor } = asked;
  const version = await lockVersion(db);
  const rows = await readRows(db, environmentId);
  const before = rows[kind].find((row) => row.name === name);
  if (ifMatch !== null && (!before || etagOf(before) !== ifMatch)) {
    throw new SluiceError('precondition_failed', 'it was changed since you read it: read it again, and decide anew', { param: 'if-match' });
  }
  if (before?.['managed'] === true) {
    throw new SluiceError('conflict', `${name} is declared by the configuration file: change it there, and apply the file`);
  }
  const { action, after } = decide(before, rows);
  const row = after ?? before;
  if (!row) throw new SluiceError('not_found', `there is no ${WORDS[kind]} ${name}`, { param: 'name' });
  const change = { action, kind, name: row.name, before: before ? shown(before) : null, after: after ? shown(after) : null };
  const etag = after ? etagOf(after) : null;
  const isNothing = before !== undefined && after !== null && same(before, after);
  if (dryRun || isNothing) return { ...change, etag, version };
  await apply(db, { kind, row, change: { ...change, action: after ? 'updated' : 'deleted' } }, environmentId);
  await recordEvents(db, [change], { environmentId, actor });
  return { ...change, etag, version: await raiseVersion(db) };
}

const WORDS: Readonly<Record<Kind, string>> = { connection: 'connection', priority: 'priority', resource: 'resource', api_key: 'key' };

/** For decisions about something that must be there. */
export function mustBe(row: Row | undefined, kind: Kind, name: string): Row {
  if (!row) throw new SluiceError('not_found', `there is no ${WORDS[kind]} ${name}`, { param: 'name' });
  return row;
}

/** For decisions about something new. */
export function mustNotBe(row: Row | undefined, kind: Kind, name: string): void {
  if (row) throw new SluiceError('conflict', `there is a ${WORDS[kind]} ${name} already`, { param: 'name' });
}
