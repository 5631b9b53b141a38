/**
 * From a provider's failure to an outcome: a table, first matching row first. A provider puts its own rows before its
 * family's. Every recorded failure is held against it; what no row knows is `unknown`, and worth a new row.
 */
import type { FailureKind, LimitReading, ProviderError } from '@sluice/domain';
import type { Answer, Profile, Refusal } from './provider.ts';
import { saidIn, type Said } from './provider-error.ts';
import { retryAfterMsOf } from './retry-after.ts';

export type Verdict =
  | { readonly kind: 'throttled'; readonly scope: 'connection' | 'model' }
  | { readonly kind: 'failed'; readonly failure: FailureKind; readonly tryNext: 'same' | 'next' | 'none' };

/** Every condition that is given must hold. */
export interface Row {
  readonly name: string;
  /** One status, or from..to, both included. */
  readonly status?: number | readonly [number, number];
  /** The error's `code`, or its `type`. */
  readonly code?: readonly string[];
  readonly says?: RegExp;
  readonly verdict: Verdict;
}

export const throttled = (scope: 'connection' | 'model'): Verdict => ({ kind: 'throttled', scope });

export const failed = (failure: FailureKind, tryNext: 'same' | 'next' | 'none'): Verdict =>
  ({ kind: 'failed', failure, tryNext });

export interface OutcomeTable {
  readonly profile: Profile;
  readonly rows: readonly Row[];
  /** The answer with its code and its times where the rest of this looks for them. */
  readonly unfold: (answer: Answer) => Answer;
  readonly readLimits: (answer: Answer) => readonly LimitReading[];
}

/** The row that knows this failure, if any. */
export const rowOf = (table: OutcomeTable, answer: Answer): Row | undefined => rowOfUnfolded(table, table.unfold(answer));

const rowOfUnfolded = (table: OutcomeTable, answer: Answer): Row | undefined => {
  const said = saidIn(answer.body);
  return table.rows.find((row) => matches(row, statusOf(answer, said), said));
};

export function outcomeBy(table: OutcomeTable, received: Answer): Refusal {
  const answer = table.unfold(received);
  const said = saidIn(answer.body);
  const verdict = rowOfUnfolded(table, answer)?.verdict ?? failed('unknown', 'next');
  // What is shown is what was said, not what was made of it.
  const error = errorOf({ ...answer, body: received.body }, said, verdict);
  if (verdict.kind === 'failed') return { ...verdict, error, usage: null };
  const readings = table.readLimits(answer);
  const told = retryAfterMsOf({ headers: answer.headers, readings, message: said.message, receivedAt: answer.receivedAt });
  return { kind: 'throttled', scope: verdict.scope, retryAfterMs: told ?? table.profile.throttledForMs, error };
}

/** The status that counts: under a 200 the one the body gives, 502 where it gives none. */
function statusOf(answer: Answer, said: Said): number {
  return answer.status >= 200 && answer.status < 300 ? said.status ?? 502 : answer.status;
}

function errorOf(answer: Answer, said: Said, verdict: Verdict): ProviderError {
  const status = statusOf(answer, said);
  const code = said.code ?? said.type;
  if (verdict.kind === 'failed' && verdict.failure === 'unauthorized') {
    // Such messages quote the key, and are about us: neither is for the caller.
    return { status, code, message: 'the provider refused the credentials of this connection' };
  }
  return { status, code, message: said.message || `the provider answered ${status}`, body: answer.body };
}

function matches(row: Row, status: number, said: Said): boolean {
  return statusMatches(row.status, status)
    && (row.code === undefined || row.code.some((code) => code === said.code || code === said.type))
    && (row.says === undefined || row.says.test(said.message));
}

function statusMatches(wanted: Row['status'], status: number): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'number' ? wanted === status : status >= wanted[0] && status <= wanted[1];
}
