import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** It has no limits but its strength: under load it answers late, and sends empty lines or comments until then. */
export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'deepseek',
  formats: ['chat'],
  usageArrives: 'last_chunk',
  requestIdHeaders: ['x-ds-trace-id', 'x-request-id'],
  models: [
    {
      models: /./, rules: { reasoning: 'none' },
      edits: { formats: ['chat'], rename: { max_completion_tokens: 'max_tokens' }, systemRole: 'system' },
    },
    {
      models: /reasoner/,
      edits: { formats: ['chat'], omit: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'] },
    },
  ],
};
