import { OPENAI_MODELS } from '../openai/profile.ts';
import { FAMILY_PROFILE } from '../openai-family/profile.ts';
import type { Profile } from '../provider.ts';

/** A key in a header of its own, or a token of Entra. The rows of models hold where deployments are named after them. */
export const profile: Profile = {
  ...FAMILY_PROFILE,
  id: 'azure-openai',
  dialect: 'azure',
  formats: ['chat', 'responses', 'embeddings'],
  authentication: 'entra',
  credentialHeaders: [{ credential: 'api_key', header: 'api-key', bearer: false }],
  outputCounting: 'maximum_at_admission',
  usageArrives: 'when_asked',
  requestIdHeaders: ['apim-request-id', 'x-request-id'],
  family: 'openai',
  models: OPENAI_MODELS,
};
