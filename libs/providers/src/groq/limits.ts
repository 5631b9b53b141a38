import { familyLimits } from '../openai-family/limits.ts';

/** The same headers as OpenAI's, but requests are counted by the day and tokens by the minute. */
export const limits = familyLimits({ requestsMs: 86_400_000, tokensMs: 60_000 });
