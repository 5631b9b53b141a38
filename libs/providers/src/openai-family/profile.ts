/** What those who copied OpenAI's API share, unless their own profile says otherwise. */
import type { Profile } from '../provider.ts';

/** A key after `Bearer`. */
export const BEARER_KEY: Profile['credentialHeaders'] = [{ credential: 'api_key', header: 'authorization', bearer: true }];

export const FAMILY_PROFILE: Omit<Profile, 'id'> = {
  formats: ['chat', 'embeddings'],
  authentication: 'headers',
  credentialHeaders: BEARER_KEY,
  outputCounting: 'as_produced',
  window: 'sliding',
  countsCachedInput: true,
  tokenLimits: 'together',
  usageArrives: 'last_chunk',
  terminator: 'done',
  requestIdHeaders: ['x-request-id'],
  throttledForMs: 5_000,
  family: 'other',
  models: [{ models: /./, rules: { reasoning: 'effort' } }],
};
