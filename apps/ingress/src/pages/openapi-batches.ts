/** `/v1/batches` in the OpenAPI document. */
const json = (schema: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } });
const failure = (description: string) => ({ description, content: json('Error') });
const id = { name: 'id', in: 'path', required: true, description: 'Id of the batch', schema: { type: 'string' } };
const batch = (description: string) => ({ 200: { description, content: json('Batch') }, 401: failure('invalid_api_key'), 404: failure('not_found') });

export const batchPaths = {
  '/v1/batches': {
    post: {
      operationId: 'createBatch', summary: 'Run each line of a file as a request',
      requestBody: { required: true, content: json('BatchRequest') },
      responses: { ...batch('The batch; its file is looked at next'), 400: failure('invalid_request'), 403: failure('permission_denied') },
    },
    get: {
      operationId: 'listBatches', summary: 'The batches of the environment, newest first',
      parameters: [
        { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
        { name: 'after', in: 'query', required: false, schema: { type: 'string' } },
      ],
      responses: { 200: { description: 'A page of them', content: json('BatchList') }, 400: failure('invalid_request'), 401: failure('invalid_api_key') },
    },
  },
  '/v1/batches/{id}': { get: { operationId: 'getBatch', summary: 'One batch', parameters: [id], responses: batch('The batch') } },
  '/v1/batches/{id}/cancel': {
    post: {
      operationId: 'cancelBatch', summary: 'Cancel what waits; what runs has its end', parameters: [id],
      responses: { ...batch('The batch'), 400: failure('invalid_request: it is over') },
    },
  },
  '/v1/batches/{id}/stream': {
    get: {
      operationId: 'streamBatch', summary: 'The batch whenever it has changed, until its last status', parameters: [id],
      responses: { ...batch(''), 200: { description: 'Events named `batch`', content: { 'text/event-stream': { schema: { type: 'string' } } } } },
    },
  },
} as const;
