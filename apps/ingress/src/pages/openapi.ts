/** `GET /openapi.json`: what is served, by hand. A test holds it against the routes, in both directions. */
import { ERRORS } from '@sluice/domain';
import { batchPaths } from './openapi-batches.ts';
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
  ['prefer', '`wait=N`: as x-sluice-max-wait-ms, in seconds. `respond-async`: a 202 with the job; with `wait=N` the answer, if it comes within N seconds'],
  ['x-sluice-mode', '`async`: a 202 with the job'],
  ['x-sluice-webhook', 'Where the end of the job is told: a URL, or `{"url","events"}`'],
  ['x-sluice-resume', '`true`: every event of the stream has an id, from which it can be read on'],
  ['idempotency-key', 'The same key with the same body is the same job and answer, for 24 hours'],
].map(([name, description]) => ({ name, in: 'header', required: false, description, schema: { type: 'string' } }));

/** `{status: description}` of every refusal a completion can get, from the error table. */
const refusals = Object.fromEntries(
  [...new Set(Object.values(ERRORS).map(({ status }) => status))].filter((status) => status !== 405 && status !== 499).map((status) => [
    String(status),
    failure(Object.entries(ERRORS).filter(([, error]) => error.status === status).map(([code]) => code).join(', ')),
  ]),
);

const model = { name: 'id', in: 'path', required: true, description: 'The name of a resource, or `provider/model`; slashes may be written as %2F', schema: { type: 'string' } };
const job = { name: 'id', in: 'path', required: true, description: 'The id of a job', schema: { type: 'string' } };
const ABOUT_A_JOB = { 400: failure('invalid_request'), 401: failure('invalid_api_key'), 404: failure('not_found'), 503: failure('unavailable') };
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
    '/v1/embeddings': {
      post: {
        operationId: 'createEmbeddings',
        summary: 'OpenAI Embeddings, held until they can be made',
        parameters: SETTINGS,
        requestBody: { required: true, content: json('EmbeddingsRequest') },
        responses: { 200: { description: 'The vectors, encoded as they were asked for', content: { 'application/json': { schema: { type: 'object' } } } }, ...refusals },
      },
    },
    '/v1/jobs': {
      post: {
        operationId: 'createJob', summary: 'A completion to be asked for later', parameters: SETTINGS.filter(({ name }) => name !== 'prefer'),
        requestBody: { required: true, content: json('JobRequest') },
        responses: {
          202: { description: 'The job is kept', headers: { location: { description: 'Where it is looked at', schema: { type: 'string' } } }, content: json('Job') },
          ...refusals,
        },
      },
      get: {
        operationId: 'listJobs', summary: 'Jobs, newest first',
        parameters: ['state', 'resource', 'tag', 'correlation_id', 'answer_id', 'after', 'limit'].map((name) => ({ name, in: 'query', required: false, schema: { type: 'string' } })),
        responses: { 200: { description: 'A page of them', content: json('JobList') }, 400: failure('invalid_request'), 401: failure('invalid_api_key'), 503: failure('unavailable') },
      },
    },
    '/v1/jobs/{id}': {
      get: { operationId: 'getJob', summary: 'All that is known of a job', parameters: [job], responses: { 200: { description: 'The job', content: json('Job') }, ...ABOUT_A_JOB } },
    },
    '/v1/jobs/{id}/result': {
      get: {
        operationId: 'getJobResult', summary: 'The answer, as its endpoint would have given it', parameters: [job],
        responses: {
          200: { description: 'The answer', content: { 'application/json': { schema: { type: 'object' } }, 'text/event-stream': { schema: { type: 'string' } } } },
          202: { description: 'Not yet: the job', content: json('Job') }, ...refusals,
        },
      },
    },
    '/v1/jobs/{id}/stream': {
      get: {
        operationId: 'streamJob', summary: 'The events of the answer, from the first or behind any other',
        parameters: [
          job, { name: 'starting_after', in: 'query', required: false, description: 'The number of the last event that was read', schema: { type: 'integer' } },
          { name: 'last-event-id', in: 'header', required: false, description: 'Its id, `<job>:<number>`', schema: { type: 'string' } },
        ],
        responses: { 200: { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } }, ...ABOUT_A_JOB },
      },
    },
    '/v1/jobs/{id}/explain': {
      get: {
        operationId: 'explainJob', summary: 'What a waiting job waits for', parameters: [job],
        responses: { 200: { description: 'What holds it back now', content: json('Explanation') }, ...ABOUT_A_JOB },
      },
    },
    '/v1/jobs/{id}/cancel': {
      post: { operationId: 'cancelJob', summary: 'Cancel it, unless it is final', parameters: [job], responses: { 200: { description: 'The job as it is now', content: json('Job') }, ...ABOUT_A_JOB } },
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
    ...batchPaths,
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
