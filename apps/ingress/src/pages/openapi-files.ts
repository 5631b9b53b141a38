/** `/v1/files` in the OpenAPI document. */
import { MOST_FILE_BYTES, UPLOAD_PURPOSES } from '@sluice/domain';

const json = (schema: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } });
const failure = (description: string) => ({ description, content: json('Error') });
const id = { name: 'id', in: 'path', required: true, description: 'Id of the file', schema: { type: 'string' } };
const query = (name: string, schema: object) => ({ name, in: 'query', required: false, schema });
const UNAUTHORIZED = { 401: failure('invalid_api_key') };
const UNKNOWN = { ...UNAUTHORIZED, 404: failure('not_found') };

const form = {
  type: 'object',
  required: ['file', 'purpose'],
  properties: {
    file: { type: 'string', contentMediaType: 'application/octet-stream', description: `At most ${MOST_FILE_BYTES} bytes` },
    purpose: { enum: UPLOAD_PURPOSES },
    'expires_after[anchor]': { const: 'created_at' },
    'expires_after[seconds]': { type: 'integer', minimum: 3_600, maximum: 2_592_000 },
  },
};

export const filePaths = {
  '/v1/files': {
    post: {
      operationId: 'createFile', summary: 'Upload a file, streamed; it is processed at once',
      requestBody: { required: true, content: { 'multipart/form-data': { schema: form } } },
      responses: { 200: { description: 'The file', content: json('File') }, ...UNAUTHORIZED, 400: failure('invalid_request'), 413: failure('request_too_large') },
    },
    get: {
      operationId: 'listFiles', summary: 'The files of the environment, newest first',
      parameters: [
        query('purpose', { type: 'string' }), query('limit', { type: 'integer', minimum: 1, maximum: 10_000, default: 10_000 }),
        query('order', { enum: ['desc', 'asc'] }), query('after', { type: 'string' }),
      ],
      responses: { 200: { description: 'A page of them', content: json('FileList') }, ...UNAUTHORIZED, 400: failure('invalid_request') },
    },
  },
  '/v1/files/{id}': {
    get: { operationId: 'getFile', summary: 'One file', parameters: [id], responses: { 200: { description: 'The file', content: json('File') }, ...UNKNOWN } },
    delete: {
      operationId: 'deleteFile', summary: 'Delete a file', parameters: [id],
      responses: { 200: { description: 'It is gone', content: { 'application/json': { schema: { type: 'object' } } } }, ...UNKNOWN },
    },
  },
  '/v1/files/{id}/content': {
    get: {
      operationId: 'getFileContent', summary: 'Its bytes, as they are', parameters: [id],
      responses: { 200: { description: 'The bytes', content: { 'application/octet-stream': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } } }, ...UNKNOWN },
    },
  },
} as const;
