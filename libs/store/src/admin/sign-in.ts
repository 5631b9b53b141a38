/**
 * Proving who one is: passwords open sessions, personal tokens stand for themselves. Attempts are counted before the password
 * is looked at, by address and by account, so that parallel guesses gain nothing.
 */
import { randomBytes } from 'node:crypto';
import { newPersonalToken, masked, newId, type Operator, SluiceError } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { digest } from '../reconcile/rows.ts';
import { isPassword } from './password.ts';
import { ASSIGNMENTS } from './users.ts';

export interface Credentials {
  readonly name: string;
  readonly password: string;
  /** Of the other end of the socket. */
  readonly address: string;
}

export type SignedIn =
  /** The session's secret, told this once. */
  | { readonly kind: 'signed_in'; readonly session: string; readonly operator: Operator; readonly expiresAt: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'too_many'; readonly retryAfterMs: number };

const SESSION_MS = 12 * 3_600_000;
/** A session that nobody used for this long is over. */
const IDLE_MS = 2 * 3_600_000;
const WINDOW_MS = 15 * 60_000;
/** Within the window. Many people may share an address; nobody types a password wrong ten times. */
const MOST_BY_ADDRESS = 50;
const MOST_BY_ACCOUNT = 10;

export async function signIn(db: Kysely<unknown>, { name, password, address }: Credentials): Promise<SignedIn> {
  const account = `account:${digest(name)}`;
  const waits = await Promise.all([attempt(db, `address:${address}`, MOST_BY_ADDRESS), attempt(db, account, MOST_BY_ACCOUNT)]);
  const retryAfterMs = Math.max(...waits);
  if (retryAfterMs > 0) return { kind: 'too_many', retryAfterMs };
  const { rows: [user] } = await sql<Operator & { hash: string }>`
    select id, name, password as hash, ${ASSIGNMENTS} as assignments from "user" u where name = ${name} and enabled
  `.execute(db);
  if (!await isPassword(password, user?.hash) || !user) return { kind: 'refused' };
  await sql`delete from sign_in_attempt where subject = ${account} or began_at < now() - ${WINDOW_MS} * interval '1 ms'`.execute(db);
  await sql`delete from session where expires_at < now()`.execute(db);
  const { id, assignments } = user;
  return { kind: 'signed_in', operator: { id, name: user.name, assignments }, ...await openSession(db, id) };
}

/** One more. How long to wait where there were too many, 0 otherwise. */
async function attempt(db: Kysely<unknown>, subject: string, most: number): Promise<number> {
  const { rows: [row] } = await sql<{ attempts: number; leftMs: number }>`
    insert into sign_in_attempt as a (subject, began_at, attempts) values (${subject}, now(), 1)
    on conflict (subject) do update set
      attempts = case when a.began_at < now() - ${WINDOW_MS} * interval '1 ms' then 1 else a.attempts + 1 end,
      began_at = case when a.began_at < now() - ${WINDOW_MS} * interval '1 ms' then now() else a.began_at end
    returning attempts, ${WINDOW_MS} - extract(epoch from now() - began_at)::float8 * 1000 as "leftMs"
  `.execute(db);
  return row && row.attempts > most ? Math.max(1_000, Math.ceil(row.leftMs)) : 0;
}

async function openSession(db: Kysely<unknown>, userId: string): Promise<{ session: string; expiresAt: number }> {
  const session = randomBytes(32).toString('base64url');
  const expiresAt = Date.now() + SESSION_MS;
  await sql`
    insert into session (hash, user_id, expires_at) values (${digest(session)}, ${userId}, to_timestamp(${expiresAt}::float8 / 1000))
  `.execute(db);
  return { session, expiresAt };
}

/** Undefined: unknown, over, or its user is gone or disabled. */
export async function operatorOfSession(db: Kysely<unknown>, session: string): Promise<Operator | undefined> {
  const { rows: [found] } = await sql<Operator & { stale: boolean }>`
    select u.id, u.name, ${ASSIGNMENTS} as assignments, s.seen_at < now() - interval '1 minute' as stale
    from session s join "user" u on u.id = s.user_id
    where s.hash = ${digest(session)} and s.expires_at > now() and s.seen_at > now() - ${IDLE_MS} * interval '1 ms' and u.enabled
  `.execute(db);
  if (!found) return undefined;
  if (found.stale) await sql`update session set seen_at = now() where hash = ${digest(session)}`.execute(db);
  const { id, name, assignments } = found;
  return { id, name, assignments };
}

export async function signOut(db: Kysely<unknown>, session: string): Promise<void> {
  await sql`delete from session where hash = ${digest(session)}`.execute(db);
}

/** Undefined: unknown, over, or its user is gone or disabled. */
export async function operatorOfToken(db: Kysely<unknown>, token: string): Promise<Operator | undefined> {
  const { rows: [found] } = await sql<Operator & { stale: boolean }>`
    select u.id, u.name, ${ASSIGNMENTS} as assignments, coalesce(t.last_used_at < now() - interval '1 minute', true) as stale
    from personal_token t join "user" u on u.id = t.user_id
    where t.hash = ${digest(token)} and t.expires_at > now() and u.enabled
  `.execute(db);
  if (!found) return undefined;
  if (found.stale) await sql`update personal_token set last_used_at = now() where hash = ${digest(token)}`.execute(db);
  const { id, name, assignments } = found;
  return { id, name, assignments };
}

export interface PersonalToken {
  readonly id: string;
  readonly name: string;
  readonly masked: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

export async function listTokens(db: Kysely<unknown>, userId: string): Promise<readonly PersonalToken[]> {
  const { rows } = await sql<PersonalToken>`
    select id, name, masked, to_json(created_at) as "createdAt", to_json(expires_at) as "expiresAt", to_json(last_used_at) as "lastUsedAt"
    from personal_token where user_id = ${userId} order by created_at, id
  `.execute(db);
  return rows;
}

/** Throws `conflict`: the user has a token of this name. */
export async function createToken(db: Kysely<unknown>, whose: { userId: string; name: string; expiresAt: number }): Promise<{ readonly id: string; readonly token: string }> {
  const id = newId('tok_', Date.now());
  const token = newPersonalToken();
  const { numAffectedRows } = await sql`
    insert into personal_token (id, user_id, name, hash, masked, expires_at)
    values (${id}, ${whose.userId}, ${whose.name}, ${digest(token)}, ${masked(token)}, to_timestamp(${whose.expiresAt}::float8 / 1000))
    on conflict (user_id, name) do nothing
  `.execute(db);
  if (numAffectedRows !== 1n) throw new SluiceError('conflict', `you have a token ${whose.name} already`, { param: 'name' });
  return { id, token };
}

/** False: the user has no such token. */
export async function deleteToken(db: Kysely<unknown>, { userId, id }: { userId: string; id: string }): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from personal_token where user_id = ${userId} and id = ${id}`.execute(db);
  return numAffectedRows === 1n;
}
