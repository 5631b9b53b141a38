import { BEARER_KEY } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  id: 'groq',
  formats: ['chat'],
  credentialHeaders: BEARER_KEY,
  outputCounting: 'as_produced',
  usageArrives: 'last_chunk',
  terminator: 'done',
  requestIdHeaders: ['x-request-id'],
  throttledForMs: 5_000,
};
