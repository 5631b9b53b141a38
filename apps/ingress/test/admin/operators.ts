/** Operators of a running system, for tests: sign-in, sessions, and requests in their name. */
import type { Logger, Role } from '@sluice/domain';
import { openStore } from '@sluice/store';
import type { System } from '../system.ts';

const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const ADMIN = { name: 'ada', password: 'correct horse battery' } as const;

/** Makes the first operator, as a start does. */
export async function makeFirstOperator({ databaseUrl }: System): Promise<void> {
  const store = await openStore({ url: databaseUrl, log: quiet });
  await store.admin.createFirstUser(ADMIN);
  await store.stop();
}

/** What the API answers; tests look into it by the names that the API promises. */
export interface Told {
  readonly [field: string]: unknown;
  readonly data: readonly Told[];
  readonly error: { readonly code: string; readonly param: string | null; readonly message: string };
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Told;
}

export interface Session {
  readonly cookie: string;
  readonly csrf: string;
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

export async function call(url: string, { method, path, body, headers = {} }: { method: string; path: string; body?: unknown; headers?: Readonly<Record<string, string>> }): Promise<Answered> {
  const response = await fetch(`${url}/admin/v1${path}`, {
    method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Told }; // the API's own shape
}

export async function signIn(url: string, who: { readonly name: string; readonly password: string } = ADMIN): Promise<Session> {
  const answer = await call(url, { method: 'POST', path: '/session', body: who });
  if (answer.status !== 200) throw new Error(`${who.name} could not sign in: ${answer.status} ${JSON.stringify(answer.body)}`);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const csrf = String(answer.body.csrf_token);
  return {
    cookie, csrf,
    request: (method, path, body, headers = {}) => call(url, { method, path, body, headers: { cookie, 'x-csrf-token': csrf, ...headers } }),
  };
}

/** One more operator, with one role. */
export async function makeOperator(url: string, admin: Session, { role, environment }: { role: Role; environment: string | null }): Promise<Session> {
  const who = { name: `${role}-${environment ?? 'all'}`, password: 'another long password' };
  const made = await admin.request('POST', '/users', { ...who, roles: [{ role, environment }] });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return signIn(url, who);
}
