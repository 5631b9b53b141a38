/** A provider from what is its own. */
import { splitSse } from '@sluice/wire';
import { readLimits, type LimitRow } from './limit-readings.ts';
import { outcomeBy, type OutcomeTable, type Row } from './outcome-table.ts';
import type { Answer, Profile, Provider } from './provider.ts';

/** A provider whose table can be looked into: tests ask which row knew a failure. */
export interface TabledProvider extends Provider {
  readonly table: OutcomeTable;
}

export interface Definition extends Pick<Provider, 'profile' | 'addressOf'>, Partial<Pick<Provider, 'splitEvents' | 'lists'>> {
  readonly profile: Profile;
  readonly rows: readonly Row[];
  readonly limits: readonly LimitRow[];
  /** Where a provider tells of limits or codes in places of its own, the answer with them where others have them. */
  readonly unfold?: (answer: Answer) => Answer;
}

export function defineProvider({ profile, rows, limits, unfold = (answer) => answer, ...own }: Definition): TabledProvider {
  const table: OutcomeTable = { profile, rows, unfold, readLimits: (answer) => readLimits(limits, answer.headers, answer.receivedAt) };
  return {
    profile,
    table,
    splitEvents: splitSse,
    ...own,
    outcomeOf: (answer) => outcomeBy(table, answer),
    limitsOf: (headers, receivedAt) => readLimits(limits, headers, receivedAt),
  };
}
