import { BEARER_KEY } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** Any server that speaks Chat Completions: vLLM, LiteLLM, llama.cpp, another gateway. Nothing is taken for granted. */
export const profile: Profile = {
  id: 'openai-compatible',
  formats: ['chat'],
  credentialHeaders: BEARER_KEY,
  outputCounting: 'unknown',
  usageArrives: 'unknown',
  terminator: 'optional',
  requestIdHeaders: ['x-request-id', 'request-id'],
  throttledForMs: 5_000,
};
