/** A provider of the OpenAI family from what is its own: profile, rows of outcomes, rows of limits. */
import { readLimits, type LimitRow } from '../limit-readings.ts';
import { outcomeBy, type OutcomeTable, type Row } from '../outcome-table.ts';
import type { Answer, Profile, Provider } from '../provider.ts';
import { FAMILY_CODES, FAMILY_STATUSES } from './outcome.ts';

export interface FamilyProvider extends Provider {
  readonly table: OutcomeTable;
}

export interface OwnRows {
  readonly outcomes: readonly Row[];
  readonly limits: readonly LimitRow[];
  /** Where a provider tells of limits in its body, the answer with those as headers. */
  readonly unfold?: (answer: Answer) => Answer;
}

export function familyProvider(profile: Profile, own: OwnRows): FamilyProvider {
  const unfold = own.unfold ?? ((answer: Answer) => answer);
  const table: OutcomeTable = {
    profile,
    rows: [...own.outcomes, ...FAMILY_CODES, ...FAMILY_STATUSES],
    readLimits: (answer) => readLimits(own.limits, answer.headers, answer.receivedAt),
  };
  return {
    profile,
    table,
    outcomeOf: (answer) => outcomeBy(table, unfold(answer)),
    limitsOf: (headers, receivedAt) => readLimits(own.limits, headers, receivedAt),
  };
}
