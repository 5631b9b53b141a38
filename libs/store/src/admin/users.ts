/** Operators and their roles. */
import { type Assignment, newId, type Operator, type Role, SluiceError } from '@sluice/domain';
import { type Kysely, sql, type Transaction } from 'kysely';
import { recordEvents } from '../reconcile/written.ts';
import { hashPassword } from './password.ts';

export interface User extends Operator {
  readonly enabled: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface NewUser {
  readonly name: string;
  readonly password: string;
  readonly assignments: readonly Assignment[];
}

export interface UserChange {
  readonly password?: string;
  readonly enabled?: boolean;
  readonly assignments?: readonly Assignment[];
}

export const ASSIGNMENTS = sql`coalesce((
  select json_agg(json_build_object('role', role, 'environment', environment_id) order by environment_id nulls first, role)
  from role_assignment a where a.user_id = u.id), '[]')`;

export async function listUsers(db: Kysely<unknown>): Promise<readonly User[]> {
  const { rows } = await sql<User>`
    select id, name, enabled, to_json(created_at) as "createdAt", ${ASSIGNMENTS} as assignments from "user" u order by name
  `.execute(db);
  return rows;
}

/** The first of all operators, with every right. Null: there are operators already, and nothing was changed. */
export async function createFirstUser(db: Kysely<unknown>, { name, password }: { name: string; password: string }): Promise<User | null> {
  const hash = await hashPassword(password);
  return db.transaction().execute(async (transaction) => {
    await lockUsers(transaction);
    const { rows: [found] } = await sql`select 1 from "user" limit 1`.execute(transaction);
    return found ? null : insertUser(transaction, { name, hash, assignments: [{ role: 'admin', environment: null }] }, 'start');
  });
}

/** Throws `conflict`: the name is taken. */
export async function createUser(db: Kysely<unknown>, user: NewUser, actor: string): Promise<User> {
  const hash = await hashPassword(user.password);
  return db.transaction().execute(async (transaction) => {
    await lockUsers(transaction);
    const { rows: [taken] } = await sql`select 1 from "user" where name = ${user.name}`.execute(transaction);
    if (taken) throw new SluiceError('conflict', `there is a user ${user.name} already`, { param: 'name' });
    return insertUser(transaction, { ...user, hash }, actor);
  });
}

/** Ends all sessions of whose password, roles or state changed. Throws `not_found`, and `conflict` where nobody could administer any more. */
export async function changeUser(db: Kysely<unknown>, { name, change }: { name: string; change: UserChange }, actor: string): Promise<User> {
  const hash = change.password === undefined ? null : await hashPassword(change.password);
  return db.transaction().execute(async (transaction) => {
    await lockUsers(transaction);
    const before = await userOf(transaction, name);
    await sql`
      update "user" set password = coalesce(${hash}, password), enabled = coalesce(${change.enabled ?? null}::boolean, enabled) where id = ${before.id}
    `.execute(transaction);
    if (change.assignments) await assign(transaction, before.id, change.assignments);
    await sql`delete from session where user_id = ${before.id}`.execute(transaction);
    const after = await userOf(transaction, name);
    await mustHaveAdministrator(transaction);
    await record(transaction, { actor, action: 'updated', before, after: hash === null ? after : { ...after, password: 'a new one' } });
    return after;
  });
}

export async function deleteUser(db: Kysely<unknown>, name: string, actor: string): Promise<User> {
  return db.transaction().execute(async (transaction) => {
    await lockUsers(transaction);
    const before = await userOf(transaction, name);
    await sql`delete from "user" where id = ${before.id}`.execute(transaction);
    await mustHaveAdministrator(transaction);
    await record(transaction, { actor, action: 'deleted', before, after: null });
    return before;
  });
}

/** Users change one after another: that somebody is left who may change them is a rule over all of them. */
const lockUsers = (db: Transaction<unknown>) => sql`lock table "user" in share row exclusive mode`.execute(db);

async function insertUser(db: Transaction<unknown>, { name, hash, assignments }: { name: string; hash: string; assignments: readonly Assignment[] }, actor: string): Promise<User> {
  const id = newId('user_', Date.now());
  await sql`insert into "user" (id, name, password) values (${id}, ${name}, ${hash})`.execute(db);
  await assign(db, id, assignments);
  const after = await userOf(db, name);
  await record(db, { actor, action: 'created', before: null, after });
  return after;
}

async function assign(db: Transaction<unknown>, userId: string, assignments: readonly Assignment[]): Promise<void> {
  await sql`delete from role_assignment where user_id = ${userId}`.execute(db);
  await sql`
    insert into role_assignment (user_id, role, environment_id)
    select distinct ${userId}, role, environment from json_to_recordset(${JSON.stringify(assignments)}::json) as given (role text, environment text)
  `.execute(db);
}

async function userOf(db: Kysely<unknown>, name: string): Promise<User> {
  const { rows: [user] } = await sql<User>`
    select id, name, enabled, to_json(created_at) as "createdAt", ${ASSIGNMENTS} as assignments from "user" u where name = ${name}
  `.execute(db);
  if (!user) throw new SluiceError('not_found', `there is no user ${name}`, { param: 'name' });
  return user;
}

async function mustHaveAdministrator(db: Transaction<unknown>): Promise<void> {
  const role: Role = 'admin';
  const { rows: [one] } = await sql`
    select 1 from "user" u join role_assignment a on a.user_id = u.id where u.enabled and a.role = ${role} and a.environment_id is null limit 1
  `.execute(db);
  if (!one) throw new SluiceError('conflict', 'then nobody could administer this installation: make another user an admin of all environments first');
}

interface UserEvent {
  readonly actor: string;
  readonly action: 'created' | 'updated' | 'deleted';
  readonly before: User | null;
  readonly after: (User & { readonly password?: string }) | null;
}

const record = (db: Transaction<unknown>, { actor, action, before, after }: UserEvent) =>
  recordEvents(db, [{ action, kind: 'user', name: (after ?? before)?.name ?? '', before: shown(before), after: shown(after) }], { environmentId: null, actor });

const shown = (user: UserEvent['after']) => (user ? {
  name: user.name, enabled: user.enabled, assignments: user.assignments.map(({ role, environment }) => ({ role, environment })),
  ...(user.password === undefined ? {} : { password: user.password }),
} : null);
