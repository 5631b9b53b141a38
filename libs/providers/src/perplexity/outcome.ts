import { failed, type Row } from '../outcome-table.ts';

/** Codes are statuses as numbers; what happened is in the type. */
export const outcomes: readonly Row[] = [
  { name: 'prompt too long', status: 400, code: ['too_many_prompt_tokens'], verdict: failed('context_too_long', 'next') },
  { name: 'unknown model', status: 400, code: ['invalid_model'], verdict: failed('not_found', 'next') },
  { name: 'credits used up', status: 401, says: /credit|billing|quota/i, verdict: failed('quota_exhausted', 'next') },
];
