/** Connections: what they are, how they do, and what operators do about them. */
import { SluiceError } from '@sluice/domain';
import type { Connection, Environment } from '@sluice/domain';
import type { ConnectionState } from '@sluice/store';
import { z } from 'zod';
import { masterKeyOf, named, told, whose } from '../changing.ts';
import { changedConnection, declaredConnection } from '../declared.ts';
import { json, list, route } from '../route.ts';
import { connectionObject } from '../shown.ts';

/** Their fields are those of the configuration file, and are held to its rules. */
const fields = { base_url: z.string(), credentials: z.record(z.string(), z.string()), limits: z.array(z.record(z.string(), z.unknown())), guard: z.string(), headroom: z.string(), slot_share: z.number() };
const changed = z.strictObject(fields).partial();
const created = z.strictObject({ name: z.string(), provider: z.string(), ...changed.shape });

const all = route({
  method: 'get', path: '/connections', scope: 'environment', action: 'connections:read', summary: 'Connections with their limits, configured and in use',
  answer: async ({ environment }, { store, operations }) => {
    const [rows, views] = await Promise.all([store.admin.configured(environment.id), operations.views(environment.connections.map(({ id }) => id))]);
    return list(environment.connections.map((connection) => connectionObject(connection, views.get(connection.id) ?? null, rows)));
  },
});

const one = route({
  method: 'get', path: '/connections/{name}', scope: 'environment', action: 'connections:read', names: 'name', summary: 'One connection',
  answer: async ({ environment, params }, { store, operations }) => {
    const connection = connectionOf(environment, params);
    const [rows, views] = await Promise.all([store.admin.configured(environment.id), operations.views([connection.id])]);
    const object = connectionObject(connection, views.get(connection.id) ?? null, rows);
    return json(object, 200, object.etag === null ? {} : { etag: object.etag });
  },
});

const create = route({
  method: 'post', path: '/connections', scope: 'environment', action: 'connections:create', summary: 'Add a connection; its credentials go in and never come out', body: created,
  answer: async (asked, parts) => {
    const declared = declaredConnection(asked.body);
    return told(await parts.store.admin.createConnection(whose(asked), { declared, masterKey: masterKeyOf(parts) }), asked, parts);
  },
});

const change = route({
  method: 'patch', path: '/connections/{name}', scope: 'environment', action: 'connections:update', names: 'name', takesIfMatch: true,
  summary: 'Change limits, address or credentials, in force at once', body: changed,
  answer: async (asked, parts) => {
    const declared = changedConnection(connectionOf(asked.environment, asked.params), asked.body);
    return told(await parts.store.admin.changeConnection(named(asked), { declared, masterKey: masterKeyOf(parts) }), asked, parts);
  },
});

const remove = route({
  method: 'delete', path: '/connections/{name}', scope: 'environment', action: 'connections:delete', names: 'name', takesIfMatch: true,
  summary: 'Remove a connection that no resource uses', answer: async (asked, parts) => told(await parts.store.admin.deleteConnection(named(asked)), asked, parts),
});

const setState = (verb: 'pause' | 'resume' | 'drain', to: ConnectionState, summary: string) => route({
  method: 'post', path: `/connections/{name}/${verb}`, scope: 'environment', action: `connections:${verb}`, names: 'name', summary,
  answer: async (asked, parts) => told(await parts.store.admin.setConnectionState({ ...whose(asked), name: asked.params['name'] ?? '' }, to), asked, parts),
});

const circuit = route({
  method: 'post', path: '/connections/{name}/circuit', scope: 'environment', action: 'connections:circuit', names: 'name',
  summary: 'Hold the circuit of a model (`*`: all) open or closed, or leave it to itself again',
  body: z.strictObject({ model: z.string().min(1).max(1_000).default('*'), to: z.enum(['open', 'closed', 'automatic']) }),
  answer: async ({ environment, params, body: { model, to }, dryRun, operator }, { queue, store }) => {
    const { id, name } = connectionOf(environment, params);
    const change = { action: 'circuit', kind: 'connection', name, before: null, after: { model, to } } as const;
    if (!dryRun) {
      await queue.setCircuit(id, model, to);
      await store.admin.record([change], { environmentId: environment.id, actor: operator.name });
    }
    return json({ object: 'change', dry_run: dryRun, ...change });
  },
});

function connectionOf({ connections }: Environment, { name = '' }: Readonly<Record<string, string>>): Connection {
  const found = connections.find((connection) => connection.name === name);
  if (!found) throw new SluiceError('not_found', 'there is no such connection', { param: 'name' });
  return found;
}

export const connectionRoutes = [
  all, one, create, change, remove, circuit,
  setState('pause', 'paused', 'Send nothing; what waits keeps waiting'),
  setState('resume', 'enabled', 'Send again'),
  setState('drain', 'draining', 'Send what waits, and lead new calls elsewhere where a route leads elsewhere'),
];
