import { familyLimits } from '../openai-family/limits.ts';

const MINUTE_MS = 60_000;
/** OpenAI's headers; resets are bare seconds, and newer deployments say over which time they count. */
export const limits = familyLimits({ requestsMs: MINUTE_MS, tokensMs: MINUTE_MS }).map((row) =>
  ({ ...row, period: row.limit.replace('-limit-', '-renewalperiod-') }));
