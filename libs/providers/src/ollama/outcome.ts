import { failed, type Row } from '../outcome-table.ts';

/** Errors may be a bare text; a model that is not pulled is 404, one that does not fit into memory 500. */
export const outcomes: readonly Row[] = [
  { name: 'queue full', status: 503, says: /busy|maximum pending/i, verdict: failed('overloaded', 'next') },
  { name: 'no memory for the model', status: 500, says: /more system memory|out of memory/i, verdict: failed('unavailable', 'next') },
];
