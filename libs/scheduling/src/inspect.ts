/** What metrics and operators see of a state. Reads only. */
import { takenOf } from './account.ts';
import { isGate } from './gates.ts';
import type { State } from './state.ts';
import { effectiveAmount, limitOf } from './word.ts';

export interface LimitUse {
  /** As in the capacity; its pace, where it has one, is a row of its own with the shorter window. */
  readonly id: string;
  readonly windowMs: number;
  readonly amount: number;
  /** Charged now: floating and stamped. May exceed the amount after it was cut, or after a deficit. */
  readonly taken: number;
}

export const useOfLimits = ({ accounts }: State, now: number): readonly LimitUse[] =>
  accounts.all.filter(({ limitId }) => !isGate(limitId)).map((account) => ({
    id: account.limitId, windowMs: account.limit.windowMs, amount: account.amount, taken: takenOf(account, now),
  }));

export interface PermitCounts {
  /** Granted here, recovered, or inserted by their settlement: always settled + released + open. */
  readonly granted: number;
  readonly settled: number;
  readonly released: number;
  readonly open: number;
}

export const countPermits = ({ permits: { granted, settled, released, open } }: State): PermitCounts =>
  ({ granted, settled, released, open: open.size });

/** What the provider's own word has made of a limit. Amounts of it. */
export interface LimitWord {
  readonly id: string;
  readonly windowMs: number;
  /** Not configured: it was read from the provider's answers. */
  readonly learned: boolean;
  /** As the provider stated it last; null: it did not. */
  readonly stated: number | null;
  /** What is used of it now, after refusals. */
  readonly effective: number;
  /** Charged for others who use the account, and held back for them. */
  readonly foreign: number;
}

export const wordsOfLimits = (state: State, now: number): readonly LimitWord[] => [...state.words.values()].flatMap((word) => {
  const known = limitOf(state, word.limitId);
  return known === undefined ? [] : [{
    id: word.limitId, windowMs: known.limit.windowMs, learned: state.learned.has(word.limitId), stated: word.stated ?? null,
    effective: effectiveAmount(state, word, now) ?? known.limit.amount, foreign: word.foreign.taken.total(now) + word.foreign.held,
  }];
});

export interface Circuit {
  /** `*`: of the connection as a whole. */
  readonly model: string;
  readonly state: 'closed' | 'open' | 'half_open';
  /** While it is open, epoch ms; Infinity: until an operator says otherwise. */
  readonly until: number;
  readonly cause: 'refused' | 'failing' | 'operator';
}

/** Those that anything is known of. */
export const circuitsOf = ({ gates }: State): readonly Circuit[] => [...gates.values()].map(({ model, state, until, cause }) => ({ model, state, until, cause }));
