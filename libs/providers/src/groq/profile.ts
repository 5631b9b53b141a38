import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

export const profile: Profile = { ...FAMILY_PROFILE, id: 'groq', dialect: 'groq', formats: ['chat', 'responses'] };
