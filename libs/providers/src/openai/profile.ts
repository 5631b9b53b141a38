import { BEARER_KEY, FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { ModelRow } from '../model-rules.ts';
import type { Profile } from '../provider.ts';

/** Reasoning models take no sampling parameters and know the maximum by another name; a few speak Responses alone. */
export const OPENAI_MODELS: readonly ModelRow[] = [
  { models: /./, rules: { reasoning: 'none', maximumOutputTokens: 16_384 } },
  {
    models: /^(?:o\d|gpt-5|codex)/,
    rules: { reasoning: 'effort', maximumOutputTokens: 100_000 },
    edits: {
      formats: ['chat'], rename: { max_tokens: 'max_completion_tokens' }, efforts: ['low', 'medium', 'high'],
      omit: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs', 'logit_bias'],
    },
  },
  { models: /^gpt-5(?![\d.]*-chat)/, edits: { formats: ['chat'], efforts: ['minimal', 'low', 'medium', 'high'] } },
  { models: /^gpt-5\.\d/, edits: { formats: ['chat'], efforts: ['none', 'low', 'medium', 'high'] } },
  { models: /^gpt-5[\d.]*-chat/, rules: { reasoning: 'none' } },
  { models: /^o1-(?:mini|preview)/, edits: { formats: ['chat'], systemRole: 'user' } },
  { models: /codex|deep-research|^(?:o1|o3|gpt-5[\d.]*)-pro|^computer-use/, formats: ['responses'] },
  { models: /^text-embedding-/, formats: ['embeddings'] },
];

export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'openai',
  formats: ['chat', 'responses', 'embeddings'],
  credentialHeaders: [
    ...BEARER_KEY,
    { credential: 'organization', header: 'openai-organization', bearer: false },
    { credential: 'project', header: 'openai-project', bearer: false },
  ],
  outputCounting: 'maximum_at_admission',
  usageArrives: 'when_asked',
  clientHeaders: ['openai-beta'],
  family: 'openai',
  models: OPENAI_MODELS,
};
