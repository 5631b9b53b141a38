import { defineProvider } from '../define.ts';
import { GOOGLE_ROWS, unfold } from '../google/outcome.ts';
import { FAMILY_STATUSES } from '../openai-family/outcome.ts';
import { addressOf } from './client.ts';
import { profile } from './profile.ts';

/** Its answers say nothing of its limits; only refusals do. */
export const provider = defineProvider({ profile, addressOf, unfold, limits: [], rows: [...GOOGLE_ROWS, ...FAMILY_STATUSES] });
