/** Operators and their roles: for those who administer the installation. */
import { ROLES } from '@sluice/domain';
import type { Assignment, Snapshot } from '@sluice/domain';
import { SluiceError } from '@sluice/domain';
import type { User } from '@sluice/store';
import { z } from 'zod';
import { json, list, nothing, route } from '../route.ts';

const userName = z.string().regex(/^[\w.@-]{1,100}$/, 'expected 1 to 100 letters, digits and . _ @ -');
/** Long rather than strange: NIST SP 800-63B. */
const password = z.string().min(12, 'expected at least 12 characters').max(1_000);
const roles = z.array(z.strictObject({ role: z.enum(ROLES), environment: z.string().nullable().default(null) })).max(100);

const listUsers = route({
  method: 'get', path: '/users', scope: 'installation', action: 'users:read', summary: 'Operators and their roles',
  answer: async (_asked, { store, snapshot }) => list((await store.admin.users()).map((user) => shown(user, snapshot()))),
});

const createUser = route({
  method: 'post', path: '/users', scope: 'installation', action: 'users:create', summary: 'Let somebody in', body: z.strictObject({ name: userName, password, roles }),
  answer: async ({ body, operator, dryRun }, { store, snapshot }) => {
    const assignments = assigned(body.roles, snapshot());
    if (dryRun) return json({ dry_run: true, action: 'created', kind: 'user', name: body.name });
    return json(shown(await store.admin.createUser({ name: body.name, password: body.password, assignments }, operator.name), snapshot()), 201);
  },
});

const changeUser = route({
  method: 'patch', path: '/users/{name}', scope: 'installation', action: 'users:update', names: 'name',
  summary: 'Change roles, password, or shut out; their sessions are over', body: z.strictObject({ password, enabled: z.boolean(), roles }).partial(),
  answer: async ({ body, params: { name = '' }, operator, dryRun }, { store, snapshot }) => {
    const change = {
      ...(body.password === undefined ? {} : { password: body.password }), ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
      ...(body.roles === undefined ? {} : { assignments: assigned(body.roles, snapshot()) }),
    };
    if (dryRun) return json({ dry_run: true, action: 'updated', kind: 'user', name });
    return json(shown(await store.admin.changeUser({ name, change }, operator.name), snapshot()));
  },
});

const deleteUser = route({
  method: 'delete', path: '/users/{name}', scope: 'installation', action: 'users:delete', names: 'name', summary: 'Remove an operator, with their sessions and tokens',
  answer: async ({ params: { name = '' }, operator, dryRun }, { store }) => {
    if (dryRun) return json({ dry_run: true, action: 'deleted', kind: 'user', name });
    await store.admin.deleteUser(name, operator.name);
    return nothing;
  },
});

function assigned(given: z.output<typeof roles>, { environments }: Snapshot): readonly Assignment[] {
  return given.map(({ role, environment }) => {
    const found = environments.find(({ name }) => name === environment);
    if (environment !== null && !found) throw new SluiceError('invalid_request', `roles: there is no environment ${environment}`, { param: 'roles' });
    return { role, environment: found?.id ?? null };
  });
}

const shown = ({ name, enabled, createdAt, assignments }: User, { environments }: Snapshot) => ({
  object: 'user', name, enabled, created_at: createdAt,
  roles: assignments.map(({ role, environment }) => ({ role, environment: environments.find(({ id }) => id === environment)?.name ?? null })),
});

export const userRoutes = [listUsers, createUser, changeUser, deleteUser];
