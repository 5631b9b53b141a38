import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** Any server that speaks OpenAI's formats: vLLM, LiteLLM, llama.cpp, another gateway. Nothing is taken for granted. */
export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'openai-compatible',
  dialect: 'local',
  formats: ['chat', 'embeddings', 'responses'],
  outputCounting: 'unknown',
  usageArrives: 'unknown',
  terminator: 'optional',
  requestIdHeaders: ['x-request-id', 'request-id'],
};
