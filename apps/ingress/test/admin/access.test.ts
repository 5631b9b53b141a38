/** Who gets into the admin API, and how far: every route, by every role, in its own and in another's environment. */
import { ROLES, type Role } from '@sluice/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLive } from '../../src/admin/live.ts';
import { adminRoutes } from '../../src/admin/routes/index.ts';
import { liveRoute } from '../../src/admin/routes/queues.ts';
import type { AdminParts } from '../../src/admin/parts.ts';
import { KEY, plainConfiguration, startSystem, type System } from '../system.ts';
import { ADMIN, call, makeFirstOperator, makeOperator, signIn, type Session } from './operators.ts';

const elsewhere = plainConfiguration.replace('environment: default', 'environment: elsewhere').replace(KEY, 'sk-test-of-elsewhere').replace('name: main', 'name: theirs').replace('connection: main', 'connection: theirs');

let system: System;
let admin: Session;
/** Of `default` alone, of `elsewhere` alone, and of all. */
const sessions = new Map<string, Session>();

beforeAll(async () => {
  system = await startSystem();
  await system.configure(elsewhere);
  await makeFirstOperator(system);
  admin = await signIn(system.url);
  for (const role of ROLES) {
    for (const environment of ['default', 'elsewhere', null]) sessions.set(`${role} ${environment}`, await makeOperator(system.url, admin, { role, environment }));
  }
});
afterAll(() => system?.stop());

const routes = adminRoutes(liveRoute(openLive({} as AdminParts))); // nobody watches: only what the routes are is looked at

/** What each role may do, said once more and by hand: the next follows from the one before it. Nothing else is allowed to anybody. */
const OPERATORS = ['connections:pause', 'connections:resume', 'connections:drain', 'connections:circuit', 'jobs:cancel', 'batches:cancel', 'deliveries:redeliver', 'endpoints:test'];
function mayBeUsedBy(action: string, role: Role): boolean {
  if (role === 'admin') return true;
  if (action.startsWith('users:')) return false;
  return action.endsWith(':read') || (role === 'operator' && OPERATORS.includes(action));
}

/** Ids of things of `default`. */
const IDS: Readonly<Record<string, string>> = { '/connections': 'main', '/priorities': 'normal', '/keys': 'test', '/jobs': 'job_01AAAAAAAAAAAAAAAAAAAAAAAA', '/batches': 'batch_1', '/endpoints': 'whe_1', '/users': 'nobody', '/tokens': 'tok_1' };
const BODIES: Readonly<Record<string, object>> = {
  'post /connections': { name: 'new', provider: 'openai-compatible', base_url: 'http://127.0.0.1:1/v1' }, 'post /jobs/cancel': { tag: 'nothing-has-it' },
  'post /keys': { name: 'new' }, 'post /endpoints': { name: 'new', url: 'https://hooks.example.com/x' }, 'post /configuration': { text: 'version: 1' },
  'post /users': { name: 'new', password: 'a long password', roles: [] }, 'post /connections/{name}/circuit': { to: 'automatic' }, 'post /tokens': { name: 'new' },
};
const pathOf = (path: string) => path.replace('{event}', 'evt_1').replace(/\{\w+\}/, IDS[`/${path.split('/')[1]}`] ?? 'x');
const ask = (session: Session, { method, path }: { method: string; path: string }, environment: string | null) => {
  // Whatever may be, nothing is to change: other requests of this walk look at the same things.
  const query = [...(environment === null ? [] : [`environment=${environment}`]), ...(method === 'get' ? [] : ['dry_run=true'])].join('&');
  return session.request(method.toUpperCase(), `${pathOf(path)}?${query}`, method === 'get' || method === 'delete' ? undefined : BODIES[`${method} ${path}`] ?? {}, { 'if-match': '*' });
};
const walked = routes.filter(({ path, scope }) => path !== '/live' && scope !== 'public' && path !== '/session');

describe('every route', () => {
  test('names its action and is described', async () => {
    const { body } = await call(system.url, { method: 'GET', path: '/openapi.json' });
    const paths = body['paths'] as Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>; // OpenAPI's own shape
    const described = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => `${method} ${path} ${String(operation['x-action'])}`));
    expect(described.sort()).toEqual(routes.map(({ method, path, action }) => `${method} /admin/v1${path} ${action}`).sort());
    for (const { action } of routes) expect(action).toMatch(/^[a-z-]+:[a-z-]+$/);
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(routes.filter(({ scope }) => scope !== 'public').map((route) => [`${route.method} ${route.path}`, route] as const))('%s is closed to whoever has not signed in, and to API keys', async (_name, route) => {
    for (const headers of [{}, { authorization: `Bearer ${KEY}` }, { 'x-api-key': KEY }, { authorization: 'Bearer slo_guess' }, { cookie: 'sluice_session=guess' }]) {
      const answer = await call(system.url, { method: route.method.toUpperCase(), path: pathOf(route.path), headers, ...(route.method === 'get' ? {} : { body: {} }) });
      expect([answer.status, answer.body.error.code]).toEqual([401, 'not_signed_in']);
    }
  });

  test.each(walked.map((route) => [`${route.method} ${route.path}`, route] as const))('%s is for those whose role allows it, where it allows it', async (_name, route) => {
    for (const role of ROLES) {
      for (const home of ['default', 'elsewhere', 'null']) {
        const session = sessions.get(`${role} ${home}`);
        if (!session) throw new Error('no session');
        const { status, body } = await ask(session, route, 'default');
        const told = `${role} of ${home}: ${status} ${JSON.stringify(body)}`;
        if (route.scope === 'own') expect([401, 403], told).not.toContain(status);
        else if (route.scope === 'environment' && home === 'elsewhere') expect([status, body.error.param], told).toEqual([404, 'environment']);
        else if (mayBeUsedBy(route.action, role) && (route.scope === 'environment' || home === 'null')) expect([401, 403, 500], told).not.toContain(status);
        else expect([status, body.error.code], told).toEqual([403, 'permission_denied']);
      }
    }
  });

  test('knows nothing of what another environment has', async () => {
    const theirs = sessions.get('admin elsewhere');
    if (!theirs) throw new Error('no session');
    for (const route of walked.filter(({ scope, path }) => scope === 'environment' && path.includes('{'))) {
      if (route.path.startsWith('/priorities')) continue; // both have one of that name
      if (route.path.startsWith('/keys')) continue; // likewise
      const { status, body } = await ask(theirs, route, null);
      expect([status, body.error.code], `${route.method} ${route.path}`).toEqual([404, 'not_found']);
    }
  });
});

describe('a session', () => {
  test('is a cookie that scripts cannot read and other sites do not send, another at each sign-in', async () => {
    const first = await call(system.url, { method: 'POST', path: '/session', body: ADMIN });
    const planted = await call(system.url, { method: 'POST', path: '/session', body: ADMIN, headers: { cookie: 'sluice_session=planted' } });
    const cookie = first.headers.get('set-cookie') ?? '';
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/admin']) expect(cookie).toContain(part);
    expect(cookie).not.toContain('Secure');
    expect(planted.headers.get('set-cookie')).not.toContain('planted');
    expect(planted.headers.get('set-cookie')).not.toBe(cookie);
    const tls = await call(system.url, { method: 'POST', path: '/session', body: ADMIN, headers: { 'x-forwarded-proto': 'https' } });
    expect(tls.headers.get('set-cookie')).toContain('; Secure');
    expect(first.headers.get('cache-control')).toBe('no-store');
  });

  test('changes nothing without its token, with that of another, or from a page of another site', async () => {
    const other = await signIn(system.url);
    const pause = (headers: Readonly<Record<string, string>>) => call(system.url, { method: 'POST', path: '/connections/main/pause?dry_run=true', body: {}, headers: { cookie: admin.cookie, ...headers } });
    for (const headers of [{}, { 'x-csrf-token': other.csrf }, { 'x-csrf-token': admin.csrf, 'sec-fetch-site': 'cross-site' }]) {
      expect((await pause(headers as Readonly<Record<string, string>>)).body.error.code).toBe('permission_denied');
    }
    expect((await pause({ 'x-csrf-token': admin.csrf, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const foreign = await call(system.url, { method: 'POST', path: '/session', body: ADMIN, headers: { 'sec-fetch-site': 'cross-site' } });
    expect(foreign.status).toBe(403);
    const form = await fetch(`${system.url}/admin/v1/session`, { method: 'POST', body: 'name=ada', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(form.status).toBe(400);
    const preflight = await fetch(`${system.url}/admin/v1/session`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is over everywhere at sign-out', async () => {
    const session = await signIn(system.url);
    expect((await session.request('GET', '/session')).body).toMatchObject({ name: 'ada', csrf_token: session.csrf, environments: [{ name: 'default', roles: ['admin'] }, { name: 'elsewhere' }] });
    expect((await session.request('DELETE', '/session')).status).toBe(204);
    expect((await session.request('GET', '/session')).status).toBe(401);
  });

  test('is not opened by a wrong password or name, and both are told alike and recorded', async () => {
    const refused = await Promise.all([{ ...ADMIN, password: 'wrong' }, { name: 'nobody', password: 'wrong' }].map((body) => call(system.url, { method: 'POST', path: '/session', body })));
    expect(refused.map(({ status, body }) => [status, body.error.message])).toEqual(Array(2).fill([401, 'the name or the password is wrong']));
    const events = await admin.request('GET', '/admin-events?kind=session&name=nobody');
    expect(events.body.data).toMatchObject([{ action: 'refused', actor: 'nobody' }]);
  });

  test('waits after too many attempts', async () => {
    const guess = () => call(system.url, { method: 'POST', path: '/session', body: { name: 'viewer-all', password: 'wrong' } });
    const answers = await Promise.all(Array.from({ length: 12 }, guess));
    const late = answers.filter(({ status }) => status === 429);
    expect(late.length).toBeGreaterThanOrEqual(2);
    expect(Number(late[0]?.headers.get('retry-after'))).toBeGreaterThan(60);
  });
});

describe('a personal token', () => {
  test('stands for its operator without a cookie or CSRF token, makes no other, and ends', async () => {
    const made = await admin.request('POST', '/tokens', { name: 'laptop' });
    expect(made.status).toBe(201);
    const token = String(made.body['token']);
    const by = (method: string, path: string, body?: unknown) => call(system.url, { method, path, body, headers: { authorization: `Bearer ${token}` } });
    expect((await by('GET', '/session')).body).toMatchObject({ name: 'ada', csrf_token: null });
    expect((await by('POST', '/connections/main/pause?dry_run=true', {})).status).toBe(200);
    expect((await by('POST', '/tokens', { name: 'more' })).status).toBe(403);
    expect((await admin.request('GET', '/tokens')).body.data).toMatchObject([{ name: 'laptop', masked: expect.stringContaining('…') }]);
    expect((await sessions.get('viewer default')?.request('GET', '/tokens'))?.body.data).toEqual([]);
    expect((await sessions.get('viewer default')?.request('DELETE', `/tokens/${String(made.body['id'])}`))?.status).toBe(404);
    expect((await admin.request('DELETE', `/tokens/${String(made.body['id'])}`)).status).toBe(204);
    expect((await by('GET', '/session')).status).toBe(401);
    expect(system.output()).not.toContain(token);
  });
});
