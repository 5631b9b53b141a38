import { failed, type Row } from '../outcome-table.ts';

/** Errors are a bare text, with whatever status. */
export const outcomes: readonly Row[] = [
  {
    name: 'no model loaded', status: [400, 404], says: /no models? (?:is )?loaded|model .*not (?:found|loaded)|failed to load model/i,
    verdict: failed('not_found', 'next'),
  },
  {
    name: 'context too long', status: [400, 500], says: /context (?:overflow|length|window)|greater than the context/i,
    verdict: failed('context_too_long', 'next'),
  },
];
