import { profile as bedrock } from '../aws-bedrock/profile.ts';
import type { Profile } from '../provider.ts';

/** Claude's Messages as they are, inside InvokeModel: nothing of them is lost on the way through Converse. */
export const profile: Profile = {
  ...bedrock,
  id: 'aws-bedrock-invoke',
  formats: ['messages', 'titan-embeddings', 'cohere-embeddings', 'nova-embeddings'],
  clientHeaders: ['anthropic-beta'],
  usageArrives: 'cumulative',
  family: 'anthropic',
};
