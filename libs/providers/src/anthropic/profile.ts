import type { Profile } from '../provider.ts';
import type { ModelRow } from '../model-rules.ts';

/** By generation: how thinking is asked for, and the most that is written. Names at Vertex and Bedrock hold these. */
export const CLAUDE_MODELS: readonly ModelRow[] = [
  { models: /claude/, rules: { reasoning: 'budget', maximumOutputTokens: 32_000 } },
  { models: /claude-(?:2|instant|3-(?:opus|sonnet|haiku))/, rules: { reasoning: 'none', maximumOutputTokens: 4_096 } },
  { models: /claude-3-5/, rules: { reasoning: 'none', maximumOutputTokens: 8_192 } },
  { models: /claude-(?:3-7|sonnet-4|haiku-4)/, rules: { maximumOutputTokens: 64_000 } },
  { models: /claude-(?:opus|sonnet)-4-[6-9]|claude-(?:opus|sonnet|haiku)-[5-9]/, rules: { reasoning: 'adaptive' } },
];

export const profile: Profile = {
  id: 'anthropic',
  formats: ['messages'],
  authentication: 'headers',
  credentialHeaders: [{ credential: 'api_key', header: 'x-api-key', bearer: false }],
  outputCounting: 'as_produced',
  window: 'bucket',
  countsCachedInput: false,
  tokenLimits: 'separate',
  usageArrives: 'cumulative',
  terminator: 'optional',
  requestIdHeaders: ['request-id'],
  throttledForMs: 5_000,
  clientHeaders: ['anthropic-beta'],
  family: 'anthropic',
  models: CLAUDE_MODELS,
};
