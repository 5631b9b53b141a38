/** What operators change about connections. */
import { SluiceError } from '@sluice/domain';
import type { DeclaredConnection } from '@sluice/domain/configuration-file';
import { type Kysely, sql } from 'kysely';
import { connectionRow, idOf, type Json, type Row, type Rows } from '../reconcile/rows.ts';
import { lockVersion, raiseVersion, recordEvents } from '../reconcile/written.ts';
import { type Asked, type Changed, changeRow, type Changing, mustBe, mustNotBe } from './change.ts';

export const CONNECTION_STATES = ['enabled', 'paused', 'draining'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

const ACTIONS = { enabled: 'resumed', paused: 'paused', draining: 'draining' } as const satisfies Record<ConnectionState, string>;

/** Not the file's, so also of what a file declares: a start does not undo it. Throws `not_found`. */
export async function setConnectionState(
  db: Kysely<unknown>, { environmentId, actor, dryRun, name }: Changing & { readonly name: string }, to: ConnectionState,
): Promise<Changed> {
  return db.transaction().execute(async (transaction) => {
    const version = await lockVersion(transaction);
    const { rows: [found] } = await sql<{ state: ConnectionState }>`
      select case when state = 'enabled' and draining then 'draining' else state end as state
      from connection where environment_id = ${environmentId} and name = ${name}
    `.execute(transaction);
    if (!found) throw new SluiceError('not_found', `there is no connection ${name}`, { param: 'name' });
    const change = { action: ACTIONS[to], kind: 'connection', name, before: { name, state: found.state }, after: { name, state: to } } as const;
    if (dryRun || found.state === to) return { ...change, etag: null, version };
    await sql`
      update connection set state = ${to === 'paused' ? 'paused' : 'enabled'}, draining = ${to === 'draining'}
      where environment_id = ${environmentId} and name = ${name}
    `.execute(transaction);
    await recordEvents(transaction, [change], { environmentId, actor });
    return { ...change, etag: null, version: await raiseVersion(transaction) };
  });
}

type Whose = Omit<Asked, 'kind' | 'name' | 'ifMatch'>;

export function createConnection(db: Kysely<unknown>, whose: Whose, { declared, masterKey }: { declared: DeclaredConnection; masterKey: Uint8Array }): Promise<Changed> {
  const { name } = declared;
  return changeRow(db, { ...whose, kind: 'connection', name, ifMatch: null }, (before, current) => {
    mustNotBe(before, 'connection', name);
    const id = idOf('con', whose.environmentId, name);
    return { action: 'created', after: { environment_id: whose.environmentId, managed: false, ...connectionRow(declared, id, { masterKey, current }) } };
  });
}

/** Everything but its name; credentials stay where none are given. */
export function changeConnection(
  db: Kysely<unknown>, asked: Omit<Asked, 'kind'>, { declared, masterKey }: { declared: DeclaredConnection; masterKey: Uint8Array },
): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'connection' }, (row, current) => {
    const before = mustBe(row, 'connection', asked.name);
    const after = connectionRow(declared, String(before['id']), { masterKey, current });
    const keeps = Object.keys(declared.credentials).length === 0 && declared.provider === before['provider'];
    return { action: 'updated', after: { ...before, ...after, ...(keeps ? { sealed_credentials: before['sealed_credentials'] ?? null } : {}) } };
  });
}

/** Throws `conflict` while a resource has a route to it. */
export function deleteConnection(db: Kysely<unknown>, asked: Omit<Asked, 'kind'>): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'connection' }, (row, rows) => {
    mustBe(row, 'connection', asked.name);
    const users = usersOf(rows, asked.name);
    if (users.length > 0) throw new SluiceError('conflict', `${asked.name} is in use by ${users.join(', ')}: change their routes first`);
    return { action: 'deleted', after: null };
  });
}

function usersOf(rows: Rows, connection: string): readonly string[] {
  const leadsThere = (targets: Json): boolean => Array.isArray(targets) && targets.some((target: { readonly connection?: string }) => target.connection === connection);
  return rows.resource.filter((row: Row) => leadsThere(row['routes'] ?? null) || leadsThere(row['fallback'] ?? null)).map(({ name }) => name);
}
