import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** One's own machine: no key unless there is a proxy before it, no limits but its strength. Older builds say no usage. */
export const profile: Profile = {
  ...FAMILY_PROFILE, id: 'ollama', dialect: 'local', formats: ['chat', 'embeddings'], usageArrives: 'unknown', terminator: 'optional', throttledForMs: 2_000,
};
