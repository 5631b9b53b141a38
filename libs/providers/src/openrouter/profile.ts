import { BEARER_KEY } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  id: 'openrouter',
  formats: ['chat'],
  credentialHeaders: [
    ...BEARER_KEY,
    { credential: 'referer', header: 'http-referer', bearer: false },
    { credential: 'title', header: 'x-title', bearer: false },
  ],
  outputCounting: 'as_produced',
  usageArrives: 'last_chunk',
  terminator: 'done',
  requestIdHeaders: ['x-generation-id', 'x-request-id'],
  throttledForMs: 5_000,
};
