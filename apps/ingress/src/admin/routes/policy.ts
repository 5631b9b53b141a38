/** Priorities and resources. */
import { z } from 'zod';
import { named, told } from '../changing.ts';
import { declaredShares } from '../declared.ts';
import { list, route } from '../route.ts';
import { priorityObject, resourceObject } from '../shown.ts';

const priorities = route({
  method: 'get', path: '/priorities', scope: 'environment', action: 'priorities:read', summary: 'Priorities in order of rank, with their shares in percent',
  answer: async ({ environment }, { store }) => {
    const rows = await store.admin.configured(environment.id);
    return list(environment.priorities.map((priority) => priorityObject(priority, rows)));
  },
});

const shares = z.strictObject({ reserved: z.number(), ceiling: z.number(), ages_after: z.string().nullable() }).partial();

const changePriority = route({
  method: 'patch', path: '/priorities/{name}', scope: 'environment', action: 'priorities:update', names: 'name', takesIfMatch: true,
  summary: 'Change shares, in force at once', body: shares,
  answer: async (asked, parts) => {
    const { ages_after: agesAfter, ...given } = asked.body;
    const declared = declaredShares({ ...given, ...(typeof agesAfter === 'string' ? { ages_after: agesAfter } : {}) });
    return told(await parts.store.admin.changePriority(named(asked), {
      ...(given.reserved === undefined ? {} : { reserved: declared.reserved }), ...(given.ceiling === undefined ? {} : { ceiling: declared.ceiling }),
      ...(agesAfter === undefined ? {} : { agesAfterMs: agesAfter === null ? null : declared.agesAfterMs }),
    }), asked, parts);
  },
});

const resources = route({
  method: 'get', path: '/resources', scope: 'environment', action: 'resources:read', summary: 'Resources with their routes and fallbacks',
  answer: async ({ environment }, { store }) => {
    const rows = await store.admin.configured(environment.id);
    return list(environment.resources.map((resource) => resourceObject(resource, rows)));
  },
});

export const policyRoutes = [priorities, changePriority, resources];
