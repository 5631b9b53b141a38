import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** One's own machine. A model of an unknown name is answered by the one that is loaded. */
export const profile: Profile = {
  ...FAMILY_PROFILE, id: 'lmstudio', dialect: 'local', formats: ['chat', 'responses', 'embeddings'], usageArrives: 'unknown', terminator: 'optional',
  throttledForMs: 2_000,
};
