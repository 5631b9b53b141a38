/** Webhook endpoints and what was delivered to them. */
import { EVENT_TYPES, endpointUrl, SluiceError } from '@sluice/domain';
import type { AdminAction } from '@sluice/store';
import { z } from 'zod';
import { masterKeyOf } from '../changing.ts';
import type { AdminParts } from '../parts.ts';
import { json, list, route, type Asked } from '../route.ts';

const DAY_MS = 86_400_000;
const endpointName = z.string().regex(/^[A-Za-z0-9._/-]{1,100}$/, 'expected 1 to 100 of the characters A-Z a-z 0-9 . _ / -');

const endpoints = route({
  method: 'get', path: '/endpoints', scope: 'environment', action: 'endpoints:read', summary: 'Webhook endpoints and how they do',
  answer: async ({ environment }, { store }) => list((await store.webhooks.endpoints(environment.id)).map((each) => ({
    object: 'webhook_endpoint', id: each.id, name: each.name, url: each.url, events: each.events, inline_result: each.inlineResult, state: each.state,
    failures: each.failures, waiting: each.waiting,
  }))),
});

const register = route({
  method: 'post', path: '/endpoints', scope: 'environment', action: 'endpoints:create', summary: 'Register an endpoint; its secret is told this once',
  body: z.strictObject({ name: endpointName, url: z.string().max(2_000), events: z.array(z.enum(EVENT_TYPES)).default([]), inline_result: z.boolean().default(false) }),
  answer: async (asked, parts) => {
    const { environment, body, dryRun } = asked;
    const url = endpointUrl(body.url, environment.settings, 'url');
    if (dryRun) return json({ object: 'change', dry_run: true, action: 'created', kind: 'webhook_endpoint', name: body.name });
    const made = await parts.store.webhooks.register(
      { environmentId: environment.id, name: body.name, url: String(url), events: body.events, inlineResult: body.inline_result }, masterKeyOf(parts));
    await note(asked, { action: 'created', name: body.name }, parts);
    return json({ object: 'webhook_endpoint', id: made.id, name: body.name, url: String(url), secret: made.secret }, 201);
  },
});

type Verb = (of: { environmentId: string; endpointId: string }, parts: AdminParts) => Promise<object | null>;

const verb = (name: string, { action, event, summary, does }: { action: string; event: AdminAction; summary: string; does: Verb }) => route({
  method: 'post', path: `/endpoints/{id}/${name}`, scope: 'environment', action, names: 'id', summary,
  answer: async (asked, parts) => {
    const { environment, params: { id = '' }, dryRun } = asked;
    const endpoint = (await parts.store.webhooks.endpoints(environment.id)).find((each) => each.id === id);
    if (!endpoint) throw new SluiceError('not_found', 'there is no such endpoint', { param: 'id' });
    const change = { object: 'change', dry_run: dryRun, action: event, kind: 'webhook_endpoint', name: endpoint.name };
    if (dryRun) return json(change);
    const done = await does({ environmentId: environment.id, endpointId: id }, parts);
    if (!done) throw new SluiceError('conflict', `${endpoint.name} is disabled: enable it first`);
    await note(asked, { action: event, name: endpoint.name }, parts);
    return json({ ...change, ...done });
  },
});

const verbs = [
  verb('test', {
    action: 'endpoints:test', event: 'tested', summary: 'Send an event that says nothing happened',
    does: async (of, { store }) => { const id = await store.webhooks.sendTest(of); return id === null ? null : { event_id: id }; },
  }),
  verb('enable', {
    action: 'endpoints:update', event: 'enabled', summary: 'Send to it again', does: async (of, { store }) => (await store.webhooks.setState(of, 'enabled') ? {} : null),
  }),
  verb('disable', {
    action: 'endpoints:update', event: 'disabled', summary: 'Send nothing to it', does: async (of, { store }) => (await store.webhooks.setState(of, 'disabled') ? {} : null),
  }),
  verb('rotate', {
    action: 'endpoints:update', event: 'rotated', summary: 'A new secret beside the old one, which signs for a day more; told this once',
    does: async (of, parts) => { const made = await parts.store.webhooks.rotateSecret(of, { masterKey: masterKeyOf(parts), overlapMs: DAY_MS }); return made && { secret: made.secret }; },
  }),
];

const deliveries = route({
  method: 'get', path: '/deliveries', scope: 'environment', action: 'deliveries:read', summary: 'Deliveries with every try and its answer, newest first',
  query: z.strictObject({ endpoint: z.string().max(100).optional(), subject: z.string().max(100).optional(), limit: z.string().regex(/^\d{1,3}$/).transform(Number).pipe(z.int().min(1).max(200)).default(50) }),
  answer: async ({ environment, query }, { store }) => {
    const found = await store.webhooks.deliveries({
      environmentId: environment.id, limit: query.limit, ...(query.endpoint === undefined ? {} : { endpointId: query.endpoint }), ...(query.subject === undefined ? {} : { subject: query.subject }),
    });
    return list(found.map((each) => ({
      object: 'delivery', event_id: each.eventId, endpoint_id: each.endpointId, type: each.type, subject: each.subject, state: each.state, tries: each.tries,
      created_at: each.createdAt, next_try_at: each.nextTryAt, log: each.log,
    })));
  },
});

const redeliver = route({
  method: 'post', path: '/endpoints/{id}/deliveries/{event}/redeliver', scope: 'environment', action: 'deliveries:redeliver', names: 'event',
  summary: 'Send it again, with the same webhook-id, from the beginning of the schedule',
  answer: async (asked, parts) => {
    const { environment, params: { id: endpointId = '', event: eventId = '' }, dryRun, operator } = asked;
    const change = { action: 'redelivered', kind: 'delivery', name: eventId, before: null, after: { endpoint: endpointId } } as const;
    const isThere = async () => (await parts.store.webhooks.deliveries({ environmentId: environment.id, endpointId, limit: 200 })).some((each) => each.eventId === eventId);
    const found = dryRun ? await isThere() : await parts.store.webhooks.redeliver({ environmentId: environment.id, endpointId, eventId });
    if (!found) throw new SluiceError('not_found', 'there is no such delivery', { param: 'event' });
    if (!dryRun) await parts.store.admin.record([change], { environmentId: environment.id, actor: operator.name });
    return json({ object: 'change', dry_run: dryRun, ...change });
  },
});

const note = ({ environment, operator }: Pick<Asked<unknown, unknown>, 'environment' | 'operator'>, { action, name }: { action: AdminAction; name: string }, { store }: AdminParts) =>
  store.admin.record([{ action, kind: 'webhook_endpoint', name, before: null, after: null }], { environmentId: environment.id, actor: operator.name });

export const webhookRoutes = [endpoints, register, ...verbs, deliveries, redeliver];
