/** Connections: what they are, how they do, and what operators do about them. */
import { SluiceError } from '@sluice/domain';
import type { Connection, Environment } from '@sluice/domain';
import type { Changed, ConnectionState } from '@sluice/store';
import { z } from 'zod';
import { changedConnection, declaredConnection } from '../declared.ts';
import type { AdminParts } from '../parts.ts';
import { json, list, route, type Asked, type None } from '../route.ts';
import { changeObject, connectionObject } from '../shown.ts';

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

type AnyAsked = Pick<Asked<None, unknown>, 'environment' | 'operator' | 'dryRun' | 'params' | 'ifMatch'>;

export const whose = ({ environment, operator, dryRun }: AnyAsked) => ({ environmentId: environment.id, actor: operator.name, dryRun });
export const named = (asked: AnyAsked) => ({ ...whose(asked), name: asked.params['name'] ?? '', ifMatch: mustMatch(asked.ifMatch) });

/** Whoever changes what others may change as well says what they have seen. `*`: whatever it is now. */
function mustMatch(ifMatch: string | null): string | null {
  if (ifMatch === null) throw new SluiceError('invalid_request', 'if-match: the etag that you have read is needed, or * for whatever it is now', { param: 'if-match' });
  return ifMatch === '*' ? null : ifMatch;
}

/** Tells every process, and answers when this one has it. */
export async function told(change: Changed, { dryRun }: Pick<AnyAsked, 'dryRun'>, { changed }: Pick<AdminParts, 'changed'>) {
  if (!dryRun) await changed(change.version);
  return json(changeObject(change, dryRun), 200, change.etag === null ? {} : { etag: change.etag });
}

export function masterKeyOf({ masterKey }: Pick<AdminParts, 'masterKey'>): Uint8Array {
  if (!masterKey) throw new SluiceError('unavailable', 'this ingress cannot seal secrets: start it with SLUICE_MASTER_KEY');
  return masterKey;
}

export const connectionRoutes = [
  all, one, create, change, remove, circuit,
  setState('pause', 'paused', 'Send nothing; what waits keeps waiting'),
  setState('resume', 'enabled', 'Send again'),
  setState('drain', 'draining', 'Send what waits, and lead new calls elsewhere where a route leads elsewhere'),
];
