import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** Every chunk repeats the text and the usage so far, and a stream ends without `[DONE]`. */
export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'perplexity',
  dialect: 'perplexity',
  formats: ['chat', 'embeddings'],
  int8Vectors: true,
  usageArrives: 'every_chunk',
  terminator: 'optional',
  models: [
    {
      models: /./, rules: { reasoning: 'none' },
      edits: { formats: ['chat'], rename: { max_completion_tokens: 'max_tokens' }, omit: ['n', 'logprobs', 'logit_bias', 'seed'] },
    },
    { models: /reasoning|deep-research/, rules: { reasoning: 'effort' } },
  ],
};
