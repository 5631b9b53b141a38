import { BEARER_KEY } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  id: 'mistral',
  formats: ['chat'],
  credentialHeaders: BEARER_KEY,
  outputCounting: 'as_produced',
  usageArrives: 'last_chunk',
  terminator: 'done',
  requestIdHeaders: ['mistral-correlation-id', 'x-kong-request-id'],
  /** Its gateway refuses without a time, and its tightest limits are by the second. */
  throttledForMs: 1_500,
};
