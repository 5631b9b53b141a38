import { BEARER_KEY } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  id: 'openai',
  formats: ['chat'],
  credentialHeaders: [
    ...BEARER_KEY,
    { credential: 'organization', header: 'openai-organization', bearer: false },
    { credential: 'project', header: 'openai-project', bearer: false },
  ],
  outputCounting: 'maximum_at_admission',
  usageArrives: 'when_asked',
  terminator: 'done',
  requestIdHeaders: ['x-request-id'],
  throttledForMs: 5_000,
};
