import { posted, withHeaders } from '../address.ts';
import type { Provider } from '../provider.ts';

const VERSION = '2023-06-01';

/** The client's own version and betas go along: what it asked for is what it can read. */
export const addressOf: Provider['addressOf'] = (call, { baseUrl }) => {
  if (call.format !== 'messages') return undefined;
  const { 'anthropic-version': version = VERSION, 'anthropic-beta': beta } = call.headers;
  const path = call.purpose === 'count' ? '/messages/count_tokens' : '/messages';
  return withHeaders(posted(baseUrl, path, call), { 'anthropic-version': version, ...(beta ? { 'anthropic-beta': beta } : {}) });
};
