import { ANTHROPIC_ROWS } from '../anthropic/outcome.ts';
import { defineProvider } from '../define.ts';
import { GOOGLE_ROWS, unfold } from '../google/outcome.ts';
import { FAMILY_STATUSES } from '../openai-family/outcome.ts';
import { addressOf } from './client.ts';
import { profile } from './profile.ts';

/** Claude's own refusals come in Anthropic's words. */
export const provider = defineProvider({
  profile, addressOf, unfold, limits: [], rows: [...ANTHROPIC_ROWS, ...GOOGLE_ROWS, ...FAMILY_STATUSES],
});
