import { defineProvider } from '../define.ts';
import { FAMILY_STATUSES } from '../openai-family/outcome.ts';
import { addressOf } from './client.ts';
import { limits } from './limits.ts';
import { ANTHROPIC_ROWS } from './outcome.ts';
import { profile } from './profile.ts';

export const provider = defineProvider({ profile, limits, addressOf, rows: [...ANTHROPIC_ROWS, ...FAMILY_STATUSES] });
