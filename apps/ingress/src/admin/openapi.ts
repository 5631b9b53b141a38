/** The OpenAPI document of the admin API, made from its routes: what is described is what is served. */
import { z } from 'zod';
import type { AdminRoute } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

const ERRORS_OF: Readonly<Record<AdminRoute['scope'], readonly number[]>> = { public: [400, 401, 403, 429], own: [400, 401, 403, 404], environment: [400, 401, 403, 404, 409], installation: [400, 401, 403, 404, 409] };

export function openapiOf(routes: readonly AdminRoute[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[`/admin/v1${route.path}`] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.1',
    info: { title: 'Sluice admin API', version: '1', description: 'For operators: a session of POST /admin/v1/session, or a personal token as bearer. Every change takes `dry_run=true`.' },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'sluice_session', description: 'With x-csrf-token on whatever changes anything' },
        token: { type: 'http', scheme: 'bearer', description: 'A personal token, slo_…' },
      },
      schemas: { Error: ERROR },
    },
  };
}

const ERROR: Json = {
  type: 'object', required: ['type', 'error', 'request_id'],
  properties: {
    type: { const: 'error' }, request_id: { type: 'string' },
    error: { type: 'object', properties: { message: { type: 'string' }, type: { type: 'string' }, param: { type: ['string', 'null'] }, code: { type: 'string' } } },
  },
};

const ENVIRONMENT: Json = { name: 'environment', in: 'query', required: false, schema: { type: 'string' }, description: 'Its name; without one, the first that you may enter' };
const DRY_RUN: Json = { name: 'dry_run', in: 'query', required: false, schema: { type: 'boolean' }, description: 'Tell what would change, and change nothing' };
const IF_MATCH: Json = { name: 'if-match', in: 'header', required: true, schema: { type: 'string' }, description: 'The etag that was read, or *' };

function operationOf(route: AdminRoute): Json {
  const isChange = route.method !== 'get';
  const failures = [...ERRORS_OF[route.scope], ...(route.takesIfMatch ? [412] : [])];
  return {
    operationId: operationId(route), summary: route.summary, 'x-action': route.action,
    ...(route.scope === 'public' ? { security: [] } : { security: [{ session: [] }, { token: [] }] }),
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name: name ?? '', in: 'path', required: true, schema: { type: 'string' } })),
      ...(route.scope === 'environment' ? [ENVIRONMENT] : []), ...(isChange && route.scope !== 'public' ? [DRY_RUN] : []), ...(route.takesIfMatch ? [IF_MATCH] : []),
      ...queryOf(route),
    ],
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }) } } } } : {}),
    responses: {
      200: { description: route.summary, content: { [route.path === '/live' ? 'text/event-stream' : 'application/json']: { schema: route.path === '/live' ? { type: 'string' } : { type: 'object' } } } },
      ...Object.fromEntries(failures.map((status) => [status, { description: 'The request was not carried out', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }])),
    },
  };
}

function queryOf({ query }: AdminRoute): readonly Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, object>; required?: string[] }; // of an object
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
}

/** `post /connections/{name}/pause` → `postConnectionsNamePause` */
const operationId = ({ method, path }: AdminRoute): string =>
  method + path.split(/[/{}-]/).filter((part) => part !== '').map((part) => part[0]?.toUpperCase() + part.slice(1)).join('');
