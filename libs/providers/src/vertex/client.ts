/** Vertex addresses a model by project, place and publisher. */
import { posted, rewrapped, withHeaders, type Addressed, type Outgoing } from '../address.ts';
import { nativeAddress } from '../gemini/client.ts';
import type { Provider } from '../provider.ts';

export const addressOf: Provider['addressOf'] = (call, { baseUrl, credentials }) => {
  const { project = '', location = '' } = credentials;
  const place = `projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`;
  const base = `${baseUrl.replace(/\/v1(?:beta1)?$/, '')}/v1/${place}/publishers`;
  const model = encodeURIComponent(call.model);
  if (call.format === 'messages') return claudeAddress(`${base}/anthropic/models`, model, call);
  if (call.format === 'vertex-embeddings') return posted(base, `/google/models/${model}:predict`, call);
  if (call.format === 'gemini' && call.purpose === 'count') return posted(base, `/google/models/${model}:countTokens`, { ...call, stream: false });
  return call.format === 'gemini' ? nativeAddress(base, `/google/models/${model}`, call) : undefined;
};

const VERSION = { anthropic_version: 'vertex-2023-10-16' };

/** The model is in the path, and a version in the body instead of a header. Counting is a model of its own. */
function claudeAddress(base: string, model: string, call: Outgoing): Addressed {
  const { 'anthropic-beta': beta } = call.headers;
  const betas: Record<string, string> = beta ? { 'anthropic-beta': beta } : {};
  if (call.purpose === 'count') {
    const body = rewrapped(call.body, [], { model: call.model });
    return withHeaders(posted(base, '/count-tokens:rawPredict', { body, stream: false }), betas);
  }
  const body = rewrapped(call.body, ['model'], VERSION);
  return withHeaders(posted(base, `/${model}:${call.stream ? 'streamRawPredict' : 'rawPredict'}`, { body, stream: call.stream }), betas);
}
