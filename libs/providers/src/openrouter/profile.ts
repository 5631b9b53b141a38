import { BEARER_KEY, FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'openrouter',
  dialect: 'openrouter',
  formats: ['chat', 'responses', 'messages', 'embeddings'],
  credentialHeaders: [
    ...BEARER_KEY,
    { credential: 'referer', header: 'http-referer', bearer: false },
    { credential: 'title', header: 'x-title', bearer: false },
  ],
  /** Whose call it is, in its statistics, where the connection does not say it. */
  clientHeaders: ['http-referer', 'x-title', 'anthropic-beta'],
  requestIdHeaders: ['x-generation-id', 'x-request-id'],
  /** The form in which thoughts stand beside messages is its own. */
  models: [...FAMILY_PROFILE.models, { models: /./, edits: { formats: ['chat'], thoughts: 'all' } }],
};
