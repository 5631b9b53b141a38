/** Calls as OpenAI takes them: each format has its path under the base address. */
import { posted, withHeaders } from '../address.ts';
import type { Profile, Provider, WireFormat } from '../provider.ts';

export const OPENAI_PATHS: Partial<Readonly<Record<WireFormat, string>>> =
  { chat: '/chat/completions', responses: '/responses', messages: '/messages', embeddings: '/embeddings' };

/** Nobody of the family counts tokens for one. */
export const openaiAddress = (profile: Profile): Provider['addressOf'] => (call, { baseUrl }) => {
  const path = OPENAI_PATHS[call.format];
  if (path === undefined || !profile.formats.includes(call.format) || call.purpose === 'count') return undefined;
  return withHeaders(posted(baseUrl, path, call), call.headers);
};
