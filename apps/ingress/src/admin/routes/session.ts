/** Signing in and out, and who one is; personal tokens. */
import { SluiceError } from '@sluice/domain';
import type { Environment, Operator } from '@sluice/domain';
import { mayEnter } from '@sluice/domain';
import { z } from 'zod';
import type { AdminParts } from '../parts.ts';
import { csrfOf, sessionCookie } from '../proof.ts';
import { json, list, nothing, route } from '../route.ts';

const credentials = z.strictObject({ name: z.string().min(1).max(100), password: z.string().min(1).max(1_000) });

const signIn = route({
  method: 'post', path: '/session', scope: 'public', action: 'session:create', summary: 'Sign in with a password; the session is a cookie', body: credentials,
  answer: async ({ body, address, secure, now }, parts) => {
    const { admin } = parts.store;
    const signedIn = await admin.signIn({ ...body, address });
    const told = (action: 'signed_in' | 'refused') => admin.record(
      [{ action, kind: 'session', name: body.name, before: null, after: { address } }], { environmentId: null, actor: body.name });
    switch (signedIn.kind) {
      case 'too_many':
        throw new SluiceError('rate_limit_exceeded', 'too many attempts to sign in', { retryAfterMs: signedIn.retryAfterMs });
      case 'refused':
        await told('refused');
        throw new SluiceError('not_signed_in', 'the name or the password is wrong');
      case 'signed_in': {
        await told('signed_in');
        const maxAgeSeconds = Math.max(1, Math.floor((signedIn.expiresAt - now) / 1_000));
        return json(whoIs(signedIn.operator, signedIn.session, parts), 200, { 'set-cookie': sessionCookie(signedIn.session, { maxAgeSeconds, secure }) });
      }
      default: return signedIn satisfies never;
    }
  },
});

const who = route({
  method: 'get', path: '/session', scope: 'own', action: 'session:read', summary: 'Who is signed in, where they may go, and the CSRF token',
  answer: async ({ operator, session }, parts) => json(whoIs(operator, session, parts)),
});

const signOut = route({
  method: 'delete', path: '/session', scope: 'own', action: 'session:delete', summary: 'Sign out: the session is over everywhere',
  answer: async ({ session, secure }, { store }) => {
    if (session !== null) await store.admin.signOut(session);
    return { ...nothing, headers: { 'set-cookie': sessionCookie('', { maxAgeSeconds: 0, secure }) } };
  },
});

function whoIs(operator: Operator, session: string | null, { snapshot }: Pick<AdminParts, 'snapshot'>) {
  const entered = snapshot().environments.filter(({ id }) => mayEnter(operator, id));
  return {
    object: 'session', name: operator.name, csrf_token: session === null ? null : csrfOf(session),
    environments: entered.map((environment) => ({ name: environment.name, roles: rolesIn(operator, environment) })),
    installation_roles: operator.assignments.filter(({ environment }) => environment === null).map(({ role }) => role),
  };
}

const rolesIn = ({ assignments }: Operator, { id }: Environment): readonly string[] =>
  [...new Set(assignments.filter(({ environment }) => environment === null || environment === id).map(({ role }) => role))];

const tokens = route({
  method: 'get', path: '/tokens', scope: 'own', action: 'tokens:read', summary: 'Your personal tokens',
  answer: async ({ operator }, { store }) => list((await store.admin.tokens(operator.id)).map((token) => ({
    object: 'token', id: token.id, name: token.name, masked: token.masked, created_at: token.createdAt, expires_at: token.expiresAt, last_used_at: token.lastUsedAt,
  }))),
});

const DAY_MS = 86_400_000;

const createToken = route({
  method: 'post', path: '/tokens', scope: 'own', action: 'tokens:create', summary: 'Make a personal token, for commands and scripts; it is told this once',
  body: z.strictObject({ name: z.string().regex(/^[\w .@-]{1,100}$/, 'expected 1 to 100 letters, digits, spaces and . _ @ -'), expires_in_days: z.int().min(1).max(365).default(90) }),
  answer: async ({ operator, session, body, dryRun }, { store }) => {
    if (session === null) throw new SluiceError('permission_denied', 'a token makes no tokens: sign in with your password');
    const expiresAt = Date.now() + body.expires_in_days * DAY_MS;
    const shown = { object: 'token', name: body.name, expires_at: new Date(expiresAt).toISOString() };
    if (dryRun) return json({ ...shown, dry_run: true });
    const { id, token } = await store.admin.createToken({ userId: operator.id, name: body.name, expiresAt });
    await store.admin.record([{ action: 'created', kind: 'token', name: body.name, before: null, after: shown }], { environmentId: null, actor: operator.name });
    return json({ ...shown, id, token }, 201);
  },
});

const deleteToken = route({
  method: 'delete', path: '/tokens/{id}', scope: 'own', action: 'tokens:delete', names: 'id', summary: 'End one of your personal tokens',
  answer: async ({ operator, params: { id = '' }, dryRun }, { store }) => {
    const found = (await store.admin.tokens(operator.id)).find((token) => token.id === id);
    if (!found) throw new SluiceError('not_found', 'you have no such token', { param: 'id' });
    if (dryRun) return json({ dry_run: true, action: 'deleted', kind: 'token', name: found.name });
    await store.admin.deleteToken({ userId: operator.id, id });
    await store.admin.record([{ action: 'deleted', kind: 'token', name: found.name, before: null, after: null }], { environmentId: null, actor: operator.name });
    return nothing;
  },
});

export const sessionRoutes = [signIn, who, signOut, tokens, createToken, deleteToken];
