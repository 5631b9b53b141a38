/** What metrics and operators see of a state. Reads only. */
import { takenOf } from './account.ts';
import { isGate } from './gates.ts';
import type { State } from './state.ts';

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
