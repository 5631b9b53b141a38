import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'xai',
  formats: ['chat', 'responses'],
  family: 'xai',
  models: [
    { models: /./, rules: { reasoning: 'none' } },
    {
      models: /^grok-(?:3-mini|4|code)/, rules: { reasoning: 'effort' },
      edits: { formats: ['chat'], omit: ['presence_penalty', 'frequency_penalty', 'stop'], efforts: ['low', 'high'] },
    },
  ],
};
