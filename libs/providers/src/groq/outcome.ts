import { failed, type Row } from '../outcome-table.ts';

/** What the model produced did not fit the tools or the schema: another try often does. */
export const outcomes: readonly Row[] = [
  {
    name: 'bad generation', status: 400, code: ['tool_use_failed', 'json_validate_failed'],
    verdict: failed('bad_generation', 'same'),
  },
  { name: 'flex capacity', status: 498, verdict: failed('overloaded', 'next') },
];
