/** Jobs: looked for, looked at, cancelled one by one or by filter; batches. */
import { SluiceError, TRANSITIONS } from '@sluice/domain';
import type { Environment } from '@sluice/domain';
import type { JobQuestion } from '@sluice/store';
import { z } from 'zod';
import { BY_OPERATOR, cancelMatching } from '../cancel-jobs.ts';
import { findJobs, oneJob } from '../find-jobs.ts';
import { json, list, route } from '../route.ts';

const text = z.string().min(1).max(512).refine((value) => !value.includes('\0'), 'expected text');
/** RFC 3339, or epoch milliseconds. */
const time = z.union([z.iso.datetime({ offset: true }).transform((value) => Date.parse(value)), z.string().regex(/^\d{10,15}$/).transform(Number)], 'expected a time such as 2027-01-31T00:00:00Z, or epoch milliseconds');
const count = (most: number, otherwise: number) => z.string().regex(/^\d{1,4}$/).transform(Number).pipe(z.int().min(1).max(most)).default(otherwise);
const states = Object.keys(TRANSITIONS) as [string, ...string[]]; // it has states

const search = z.strictObject({
  state: z.enum(states), resource: text, connection: text, priority: text, key: text, tag: text, correlation_id: text, error: text, from: time, to: time, after: text,
}).partial().extend({ limit: count(200, 50) });

const find = route({
  method: 'get', path: '/jobs', scope: 'environment', action: 'jobs:read', summary: 'Jobs, newest first, by anything that is known of them', query: search,
  answer: async ({ environment, query, now }, parts) => json(await findJobs(environment, questionOf(environment, query, now), parts)),
});

function questionOf({ id, settings, connections, apiKeys }: Environment, query: z.output<typeof search>, now: number): JobQuestion {
  const idOf = (named: readonly { readonly id: string; readonly name: string }[], name: string | undefined) =>
    (name === undefined ? null : named.find((one) => one.name === name)?.id ?? name);
  return {
    environment: id, state: query.state ?? null, resource: query.resource ?? null, connection: idOf(connections, query.connection), priority: query.priority ?? null,
    apiKey: idOf(apiKeys, query.key), tag: query.tag ?? null, correlationId: query.correlation_id ?? null, error: query.error ?? null,
    from: Math.max(query.from ?? 0, now - settings.retentionMs), to: query.to ?? now + 60_000, after: query.after ?? null, limit: query.limit,
  };
}

const one = route({
  method: 'get', path: '/jobs/{id}', scope: 'environment', action: 'jobs:read', names: 'id', summary: 'One job: its attempts, its deliveries, and why it waits',
  answer: async ({ environment, params: { id = '' } }, parts) => json(await oneJob(environment, id, parts)),
});

const cancel = route({
  method: 'post', path: '/jobs/{id}/cancel', scope: 'environment', action: 'jobs:cancel', names: 'id', summary: 'Cancel a job: at once where it waits, at its provider where it runs',
  answer: async ({ environment, params: { id = '' }, dryRun, operator }, parts) => {
    const kept = await parts.store.jobs.find(environment.id, id);
    const live = kept ? undefined : await parts.operations.live(id);
    const job = kept?.job ?? (live?.job.environment === environment.id ? live.job : undefined);
    if (!job) throw new SluiceError('not_found', 'there is no such job, or it is over', { param: 'id' });
    const isOver = kept?.end != null;
    if (!dryRun && !isOver) {
      if (kept) await parts.door.endKept(job, 'operator', BY_OPERATOR);
      else await parts.door.cancel(job, 'operator', BY_OPERATOR);
      await parts.store.admin.record([{ action: 'cancelled', kind: 'job', name: id, before: null, after: null }], { environmentId: environment.id, actor: operator.name });
    }
    return json({ object: 'change', dry_run: dryRun, action: 'cancelled', kind: 'job', name: id, matched: isOver ? 0 : 1, cancelled: dryRun || isOver ? 0 : 1 });
  },
});

const filter = z.strictObject({
  state: z.enum(['queued', 'running']), resource: text, connection: text, priority: text, key: text, tag: text, correlation_id: text, created_before: time, all: z.literal(true),
}).partial();

const cancelMany = route({
  method: 'post', path: '/jobs/cancel', scope: 'environment', action: 'jobs:cancel', body: filter,
  summary: 'Cancel every unfinished job that a filter meets; `dry_run=true` tells how many. Answers `more` where that is more than one call does',
  answer: async ({ environment, body, dryRun, operator }, parts) => {
    if (Object.keys(body).length === 0) throw new SluiceError('invalid_request', 'name what is to be cancelled, or say "all": true');
    const { matched, cancelled, more } = await cancelMatching(environment, { dryRun, filter: {
      state: body.state ?? null, resource: body.resource ?? null, connection: body.connection ?? null, priority: body.priority ?? null, key: body.key ?? null,
      tag: body.tag ?? null, correlationId: body.correlation_id ?? null, createdBefore: body.created_before ?? null,
    } }, parts);
    if (!dryRun && cancelled > 0) {
      await parts.store.admin.record([{ action: 'cancelled', kind: 'job', name: '*', before: asked(body), after: { cancelled } }], { environmentId: environment.id, actor: operator.name });
    }
    return json({ object: 'change', dry_run: dryRun, action: 'cancelled', kind: 'job', filter: body, matched, cancelled, more });
  },
});

/** As it was asked for, without what was not. */
const asked = (body: z.output<typeof filter>) =>
  Object.fromEntries(Object.entries(body).flatMap(([name, value]): [string, string | number | boolean][] => (value === undefined ? [] : [[name, value]])));

const batches = route({
  method: 'get', path: '/batches', scope: 'environment', action: 'batches:read', summary: 'Batches, newest first', query: z.strictObject({ limit: count(100, 20), after: text.optional() }),
  answer: async ({ environment, query }, { store }) => {
    const found = await store.batches.list({ environmentId: environment.id, limit: query.limit, after: query.after ?? null });
    return list(found.slice(0, query.limit).map(({ id, status, endpoint, total, createdAt }) => ({ object: 'batch', id, status, endpoint, total, created_at: createdAt })),
      { has_more: found.length > query.limit });
  },
});

const cancelBatch = route({
  method: 'post', path: '/batches/{id}/cancel', scope: 'environment', action: 'batches:cancel', names: 'id', summary: 'Cancel what waits of a batch; what runs has its end',
  answer: async ({ environment, params: { id = '' }, dryRun, operator }, { store }) => {
    const owned = { environmentId: environment.id, id };
    const batch = dryRun ? await store.batches.read(owned) : await store.batches.cancel(owned);
    const change = { action: 'cancelled', kind: 'batch', name: id, before: null, after: { status: batch.status } } as const;
    if (!dryRun) await store.admin.record([change], { environmentId: environment.id, actor: operator.name });
    return json({ object: 'change', dry_run: dryRun, ...change });
  },
});

export const jobRoutes = [find, cancelMany, one, cancel, batches, cancelBatch];
