/**
 * Azure has two surfaces. Where the base address ends with `/openai/v1` the model is a deployment in the body, as at
 * OpenAI; everywhere else it is in the path, and the version of the API in the query.
 */
import { posted } from '../address.ts';
import { OPENAI_PATHS } from '../openai-family/client.ts';
import type { Provider } from '../provider.ts';
import { profile } from './profile.ts';

/** The last that is generally available; Responses came with a preview. */
const API_VERSION = '2024-10-21';
const RESPONSES_VERSION = '2025-04-01-preview';

export const addressOf: Provider['addressOf'] = (call, { baseUrl, credentials }) => {
  const path = OPENAI_PATHS[call.format];
  if (path === undefined || !profile.formats.includes(call.format) || call.purpose === 'count') return undefined;
  if (/\/openai\/v1$/.test(baseUrl)) return posted(baseUrl, path, call);
  const isResponses = call.format === 'responses';
  const version = encodeURIComponent(credentials['api_version'] ?? (isResponses ? RESPONSES_VERSION : API_VERSION));
  const root = `${baseUrl.replace(/\/openai$/, '')}/openai`;
  return posted(root, `${isResponses ? '' : `/deployments/${encodeURIComponent(call.model)}`}${path}?api-version=${version}`, call);
};
