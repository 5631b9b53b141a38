/** API keys. */
import { newApiKey, SluiceError } from '@sluice/domain';
import type { ApiKey, Environment } from '@sluice/domain';
import { z } from 'zod';
import { named, told, whose } from '../changing.ts';
import { declaredKey } from '../declared.ts';
import { json, list, route } from '../route.ts';
import { changeObject, keyObject } from '../shown.ts';

const DAY_MS = 86_400_000;

const names = z.array(z.string()).max(1_000);
const fields = z.strictObject({
  resources: names, priorities: names, weight: z.number(), limits: z.array(z.record(z.string(), z.unknown())), may_choose_route: z.boolean(),
  expires_at: z.string().nullable(),
}).partial();

const all = route({
  method: 'get', path: '/keys', scope: 'environment', action: 'keys:read', summary: 'API keys with what they used in the last 24 hours',
  answer: async ({ environment, now }, { store }) => {
    const [rows, use] = await Promise.all([store.admin.configured(environment.id), store.admin.useOfKeys(environment.id, now - DAY_MS)]);
    return list(environment.apiKeys.map((key) => keyObject(key, use.find(({ apiKey }) => apiKey === key.id), rows)));
  },
});

const create = route({
  method: 'post', path: '/keys', scope: 'environment', action: 'keys:create', summary: 'Make a key; it is told this once', body: fields.extend({ name: z.string() }),
  answer: async (asked, parts) => {
    const key = newApiKey();
    const declared = declaredKey({ ...present(asked.body), key }, asked.environment);
    const change = await parts.store.admin.createKey(whose(asked), declared);
    if (asked.dryRun) return told(change, asked, parts);
    await parts.changed(change.version);
    return json({ ...changeObject(change, false), key }, 201);
  },
});

const change = route({
  method: 'patch', path: '/keys/{name}', scope: 'environment', action: 'keys:update', names: 'name', takesIfMatch: true,
  summary: 'Change what a key may do, and its share', body: fields,
  answer: async (asked, parts) => {
    const before = keyOf(asked.environment, asked.params);
    const sent = present(asked.body);
    const checked = declaredKey({ ...sent, name: before.name, key: 'not-looked-at' }, asked.environment);
    const has = (field: string): boolean => asked.body[field as keyof typeof asked.body] !== undefined;
    const declared = {
      ...before, key: '', resources: has('resources') ? checked.resources : before.resources, priorities: has('priorities') ? checked.priorities : before.priorities,
      weight: has('weight') ? checked.weight : before.weight, limits: has('limits') ? checked.limits : before.limits,
      mayChooseRoute: has('may_choose_route') ? checked.mayChooseRoute : before.mayChooseRoute, expiresAt: has('expires_at') ? checked.expiresAt : before.expiresAt,
    };
    return told(await parts.store.admin.changeKey(named(asked), declared), asked, parts);
  },
});

const rotate = route({
  method: 'post', path: '/keys/{name}/rotate', scope: 'environment', action: 'keys:rotate', names: 'name',
  summary: 'Another secret for the same key; the one before is over at once, the new one is told this once',
  answer: async (asked, parts) => {
    const key = newApiKey();
    const change = await parts.store.admin.rotateKey({ ...whose(asked), name: asked.params['name'] ?? '', ifMatch: null }, key);
    if (asked.dryRun) return told(change, asked, parts);
    await parts.changed(change.version);
    return json({ ...changeObject(change, false), key });
  },
});

const setEnabled = (verb: 'enable' | 'disable', summary: string) => route({
  method: 'post', path: `/keys/{name}/${verb}`, scope: 'environment', action: `keys:${verb}`, names: 'name', summary,
  answer: async (asked, parts) =>
    told(await parts.store.admin.setKeyEnabled({ ...whose(asked), name: asked.params['name'] ?? '', ifMatch: null }, verb === 'enable'), asked, parts),
});

const remove = route({
  method: 'delete', path: '/keys/{name}', scope: 'environment', action: 'keys:delete', names: 'name', takesIfMatch: true,
  summary: 'Remove a key for good', answer: async (asked, parts) => told(await parts.store.admin.deleteKey(named(asked)), asked, parts),
});

function keyOf({ apiKeys }: Environment, { name = '' }: Readonly<Record<string, string>>): ApiKey {
  const found = apiKeys.find((key) => key.name === name);
  if (!found) throw new SluiceError('not_found', 'there is no such key', { param: 'name' });
  return found;
}

/** The file has no null: what is not there does not expire. */
const present = ({ expires_at: expiresAt, ...fields }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries({ ...fields, ...(typeof expiresAt === 'string' ? { expires_at: expiresAt } : {}) }).filter(([, value]) => value !== undefined));

export const keyRoutes = [all, create, change, remove, rotate, setEnabled('enable', 'Let a key in again'), setEnabled('disable', 'Shut a key out, at once')];
