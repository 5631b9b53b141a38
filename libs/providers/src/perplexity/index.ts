import { familyProvider } from '../openai-family/provider.ts';
import { outcomes } from './outcome.ts';
import { profile } from './profile.ts';

/** Its answers say nothing of its limits. */
export const provider = familyProvider(profile, { outcomes, limits: [] });
