import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'mistral',
  dialect: 'mistral',
  requestIdHeaders: ['mistral-correlation-id', 'x-kong-request-id'],
  /** Its gateway refuses without a time, and its tightest limits are by the second. */
  throttledForMs: 1_500,
  models: [
    { models: /./, rules: { reasoning: 'none' }, edits: { formats: ['chat'], rename: { max_completion_tokens: 'max_tokens', seed: 'random_seed' }, callIds: 'nine' } },
    { models: /embed/, edits: { formats: ['embeddings'], rename: { dimensions: 'output_dimension' } } },
    { models: /^magistral|^mistral-(?:small|medium)/, rules: { reasoning: 'effort' } },
  ],
};
