import { CLAUDE_MODELS } from '../anthropic/profile.ts';
import type { Profile } from '../provider.ts';

/** Converse, for every model that Bedrock has; embedding models through InvokeModel. A key of Bedrock's, or a signature. */
export const profile: Profile = {
  id: 'aws-bedrock',
  formats: ['converse', 'titan-embeddings', 'cohere-embeddings', 'nova-embeddings'],
  authentication: 'aws',
  credentialHeaders: [{ credential: 'api_key', header: 'authorization', bearer: true }],
  outputCounting: 'maximum_at_admission',
  window: 'sliding',
  countsCachedInput: false,
  tokenLimits: 'together',
  usageArrives: 'after_stop',
  terminator: 'optional',
  requestIdHeaders: ['x-amzn-requestid'],
  /** It never says when to come back. */
  throttledForMs: 10_000,
  family: 'bedrock',
  models: [
    { models: /./, rules: { reasoning: 'none', maximumOutputTokens: 8_192 } },
    ...CLAUDE_MODELS,
    { models: /titan-embed/, formats: ['titan-embeddings'] },
    { models: /cohere\.embed/, formats: ['cohere-embeddings'] },
    { models: /nova.*embed/, formats: ['nova-embeddings'] },
  ],
};
