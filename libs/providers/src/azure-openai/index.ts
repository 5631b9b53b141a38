import { familyProvider } from '../openai-family/provider.ts';
import { addressOf } from './client.ts';
import { limits } from './limits.ts';
import { outcomes } from './outcome.ts';
import { profile } from './profile.ts';

export const provider = familyProvider(profile, { outcomes, limits, addressOf });
