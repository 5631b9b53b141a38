/** Gemini has two surfaces under one address: OpenAI's formats under `/openai`, its own beside it. */
import { posted, rewrapped, withHeaders, type Addressed, type Outgoing } from '../address.ts';
import { OPENAI_PATHS } from '../openai-family/client.ts';
import type { Provider } from '../provider.ts';

/** The compatible surface knows the key only after `Bearer`, the native one only in its own header. */
export const addressOf: Provider['addressOf'] = (call, { baseUrl, credentials }) => {
  const root = baseUrl.replace(/\/openai$/, '');
  const compatible = call.format === 'chat' || call.format === 'embeddings' ? OPENAI_PATHS[call.format] : undefined;
  if (compatible !== undefined && call.purpose === 'answer') {
    return withHeaders(posted(`${root}/openai`, compatible, call), { authorization: `Bearer ${credentials['api_key'] ?? ''}` });
  }
  return nativeAddress(root, `/models/${encodeURIComponent(call.model.replace(/^models\//, ''))}`, call);
};

/** `generateContent` and its kin under a path of a model; undefined for other formats. */
export function nativeAddress(base: string, model: string, call: Outgoing): Addressed | undefined {
  if (call.format === 'gemini' && call.purpose === 'count') {
    return posted(base, `${model}:countTokens`, { stream: false, body: countBody(call) });
  }
  if (call.format === 'gemini') {
    return call.stream ? posted(base, `${model}:streamGenerateContent?alt=sse`, call) : posted(base, `${model}:generateContent`, call);
  }
  if (call.format === 'gemini-embeddings') return posted(base, `${model}:batchEmbedContents`, call);
  return undefined;
}

/** Counting takes the whole request one level down, with the model named in it. */
function countBody({ body, model }: Outgoing): Buffer {
  const request = rewrapped(body, [], { model: `models/${model.replace(/^models\//, '')}` });
  return Buffer.concat([Buffer.from('{"generateContentRequest":'), request, Buffer.from('}')]);
}
