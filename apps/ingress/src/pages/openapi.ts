/** `GET /openapi.json`: what is served, by hand. A test holds it against the routes, in both directions. */
import { ERRORS } from '@sluice/domain';
import { filePaths } from './openapi-files.ts';
import { openapiSchemas } from './openapi-schemas.ts';

const json = (schema: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } });
const failure = (description: string) => ({ description, content: json('Error') });

const AUTHENTICATED = [{ bearer: [] }, { apiKey: [] }];

const SETTINGS = [
  ['x-sluice', 'All settings of `sluice` at once, as JSON; single headers win'],
  ['x-sluice-priority', 'A priority this key may use; default: the resource\'s'],
  ['x-sluice-max-wait-ms', 'Longest time held before the provider is called, in milliseconds'],
  ['x-sluice-deadline', 'When an unfinished call expires: RFC 3339, or seconds from now'],
  ['x-sluice-correlation-id', 'Kept in audit, searchable; default: the request\'s `x-request-id`'],
  ['x-sluice-tags', 'Separated by commas, kept in audit'],
  ['x-sluice-route', 'A route of the resource: its index, `connection` or `connection/model`'],
  ['x-sluice-fallback', '`false`: only the first route is tried'],
  ['prefer', '`wait=N`: as x-sluice-max-wait-ms, in seconds'],
].map(([name, description]) => ({ name, in: 'header', required: false, description, schema: { type: 'string' } }));

/** `{status: description}` of every refusal a completion can get, from the error table. */
const refusals = Object.fromEntries(
  [...new Set(Object.values(ERRORS).map(({ status }) => status))].filter((status) => status !== 405 && status !== 499).map((status) => [
    String(status),
    failure(Object.entries(ERRORS).filter(([, error]) => error.status === status).map(([code]) => code).join(', ')),
  ]),
);

const model = { name: 'id', in: 'path', required: true, description: 'The name of a resource, or `provider/model`; slashes may be written as %2F', schema: { type: 'string' } };
const open = (summary: string, contentType: string, description: string) =>
  ({ get: { summary, security: [], responses: { 200: { description, content: { [contentType]: { schema: contentType === 'application/json' ? { type: 'object' } : { type: 'string' } } } } } } });

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Sluice',
    version: '0.1.0',
    description: 'Chat completions that are held until the provider\'s limits allow them. Every path also answers without or with a doubled `/v1`, and with a trailing slash.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: AUTHENTICATED,
  paths: {
    '/v1/chat/completions': {
      post: {
        operationId: 'createChatCompletion',
        summary: 'OpenAI Chat Completions, held until it can be made',
        parameters: SETTINGS,
        requestBody: { required: true, content: json('ChatRequest') },
        responses: {
          200: {
            description: 'The provider\'s answer, byte for byte',
            headers: { 'x-request-id': { description: 'The job\'s id', schema: { type: 'string' } } },
            content: { 'application/json': { schema: { type: 'object' } }, 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...refusals,
        },
      },
    },
    '/v1/models': {
      get: { operationId: 'listModels', summary: 'What this key may use', responses: { 200: { description: 'All of them', content: json('ModelList') }, 401: failure('invalid_api_key') } },
    },
    '/v1/models/{id}': {
      get: {
        operationId: 'getModel', summary: 'One of them', parameters: [model],
        responses: { 200: { description: 'The model', content: json('Model') }, 401: failure('invalid_api_key'), 404: failure('model_not_found') },
      },
    },
    ...filePaths,
    '/healthz': open('Is the process alive?', 'application/json', 'It is'),
    '/readyz': {
      get: {
        summary: 'May it be sent work?', security: [],
        responses: { 200: { description: 'Yes', content: json('Readiness') }, 503: { description: 'No: a store is unreachable, or it is stopping', content: json('Readiness') } },
      },
    },
    '/metrics': open('Prometheus metrics of this process', 'text/plain', 'Text exposition format'),
    '/openapi.json': open('This document', 'application/json', 'OpenAPI 3.1'),
    '/docs': open('A page for people', 'text/html', 'HTML'),
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    },
    schemas: openapiSchemas,
  },
} as const;
