import type { ModelRow } from '../model-rules.ts';
import type { Profile } from '../provider.ts';

/** By generation: the first takes no thinking, the second a budget, the third a level. The newest want signatures back. */
export const GEMINI_MODELS: readonly ModelRow[] = [
  { models: /^gemini-|^gemma-/, rules: { reasoning: 'none', maximumOutputTokens: 8_192 } },
  { models: /^gemini-2\.5/, rules: { reasoning: 'budget', maximumOutputTokens: 65_536 } },
  { models: /^gemini-[3-9]/, rules: { reasoning: 'effort', maximumOutputTokens: 65_536, mayUseSentinel: true } },
  { models: /./, edits: { formats: ['chat'], thoughts: 'google' } },
  { models: /^gemma-/, edits: { formats: ['chat'], systemRole: 'user' } },
];

/** The compatible surface first; what it cannot carry goes to the native one. */
export const profile: Profile = {
  id: 'gemini',
  dialect: 'gemini',
  chatCannot: { members: ['web_search_options', 'top_k', 'logprobs'], parts: ['file', 'file_url', 'video_url'] },
  formats: ['chat', 'gemini', 'embeddings', 'gemini-embeddings'],
  authentication: 'headers',
  credentialHeaders: [{ credential: 'api_key', header: 'x-goog-api-key', bearer: false }],
  outputCounting: 'as_produced',
  window: 'sliding',
  countsCachedInput: true,
  tokenLimits: 'separate',
  usageArrives: 'every_chunk',
  terminator: 'done',
  requestIdHeaders: ['x-goog-request-id'],
  throttledForMs: 10_000,
  family: 'google',
  models: [...GEMINI_MODELS, { models: /embedding/, formats: ['gemini-embeddings', 'embeddings'] }],
};
