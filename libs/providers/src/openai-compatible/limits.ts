import { familyLimits } from '../openai-family/limits.ts';

const MINUTE_MS = 60_000;
export const limits = familyLimits({ requestsMs: MINUTE_MS, tokensMs: MINUTE_MS });
