import { openaiModels } from '../openai-family/models.ts';
import { familyProvider } from '../openai-family/provider.ts';
import { outcomes } from './outcome.ts';
import { profile } from './profile.ts';

export const provider = familyProvider(profile, { outcomes, limits: [], lists: openaiModels });
