/** `GET /v1/models` and `GET /v1/models/{id}`, as OpenAI lists them. */
import { MODELS } from './options.ts';

const SINCE = 1_767_225_600;
const modelOf = (id: string): object => ({ id, object: 'model', created: SINCE, owned_by: 'simulator' });

export const modelList = (more: readonly string[]): string =>
  JSON.stringify({ object: 'list', data: [...new Set([...MODELS, ...more])].map(modelOf) }, null, 2);

export const modelBody = (id: string): string => JSON.stringify(modelOf(id), null, 2);
