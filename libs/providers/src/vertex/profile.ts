import { CLAUDE_MODELS } from '../anthropic/profile.ts';
import { GEMINI_MODELS } from '../gemini/profile.ts';
import type { Profile } from '../provider.ts';

/** Google's own models natively, Claude as Messages; a token instead of a key. */
export const profile: Profile = {
  id: 'vertex',
  formats: ['gemini', 'messages', 'vertex-embeddings'],
  authentication: 'google',
  credentialHeaders: [],
  outputCounting: 'as_produced',
  window: 'sliding',
  countsCachedInput: true,
  tokenLimits: 'together',
  usageArrives: 'cumulative',
  terminator: 'optional',
  requestIdHeaders: ['x-goog-request-id', 'request-id'],
  throttledForMs: 10_000,
  clientHeaders: ['anthropic-beta'],
  family: 'google',
  models: [
    ...GEMINI_MODELS, { models: /^gemini-|^gemma-/, formats: ['gemini'] },
    ...CLAUDE_MODELS, { models: /claude/, formats: ['messages'], family: 'anthropic' },
    { models: /embedding/, formats: ['vertex-embeddings'] },
  ],
};
