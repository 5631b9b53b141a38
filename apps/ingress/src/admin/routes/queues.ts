/** What moves: queues with the reason why each waits, the use of limits, and both live. */
import { json, list, route } from '../route.ts';
import type { Live } from '../live.ts';
import { queuesOf } from '../queues.ts';
import { limitUse } from '../shown.ts';

const queues = route({
  method: 'get', path: '/queues', scope: 'environment', action: 'queues:read', summary: 'Every lane: what waits, since when, what runs, and why its head waits',
  answer: async ({ environment, now }, { operations }) => {
    const views = await operations.views(environment.connections.map(({ id }) => id));
    return list(queuesOf(environment, views), { at: Math.round(now) });
  },
});

const limits = route({
  method: 'get', path: '/limits', scope: 'environment', action: 'limits:read', summary: 'Every limit: configured, effective, used now',
  answer: async ({ environment, now }, { operations }) => {
    const views = await operations.views(environment.connections.map(({ id }) => id));
    const data = environment.connections.flatMap(({ id, name }) => (views.get(id)?.limits ?? []).map((limit) => ({ connection: name, ...limitUse(limit) })));
    return list(data, { at: Math.round(now) });
  },
});

const processes = route({
  method: 'get', path: '/processes', scope: 'environment', action: 'processes:read', summary: 'How many processes of each kind are alive',
  answer: async (_asked, { operations }) => {
    const { ingresses, schedulers, workers, slots, freeSlots } = await operations.processes();
    return json({ object: 'processes', ingresses, schedulers, workers, slots, free_slots: freeSlots });
  },
});

export const queueRoutes = [queues, limits, processes];

/** Made for one process: it holds those who watch. */
export const liveRoute = (live: Live) => route({
  method: 'get', path: '/live', scope: 'environment', action: 'queues:read', summary: 'The queues as events: one `snapshot`, then a `change` each second',
  answer: async ({ environment }) => ({ kind: 'stream', begin: (res) => live.watch(environment.id, res) }),
});
