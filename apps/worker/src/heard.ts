/** What an answer tells of the provider itself: how it took the call, and what its headers say of its limits. */
import type { FailureKind, Heard, Outcome, Reception } from '@sluice/domain';
import type { AnswerHead, CallEnd, Provider } from '@sluice/providers';

/** Faults of the provider, or of our account there: the next call would most likely fail as well. */
const FAILING: ReadonlySet<FailureKind> = new Set(['overloaded', 'unavailable', 'timeout', 'cut', 'quota_exhausted', 'unauthorized']);

/** When the answer begins well and the call goes on: told early, so that nobody waits for its end. */
export function heardEarly(provider: Provider, head: AnswerHead, sentAt: number): Heard | null {
  if (head.status < 200 || head.status >= 300) return null;
  return { sentAt, at: head.at, reception: 'ok', scope: 'connection', readings: provider.limitsOf(head.headers, head.at) };
}

/** null: nothing was sent. */
export function heardOf(provider: Provider, { end, head, outcome }: { end: CallEnd; head: AnswerHead | undefined; outcome: Outcome }): Heard | null {
  if (end.sentAt === null) return null;
  return {
    sentAt: end.sentAt,
    at: head?.at ?? end.endedAt,
    reception: receptionOf(outcome),
    scope: outcome.kind === 'throttled' ? outcome.scope : 'connection',
    readings: head ? provider.limitsOf(head.headers, head.at) : [],
  };
}

function receptionOf(outcome: Outcome): Reception | null {
  switch (outcome.kind) {
    case 'completed': return 'ok';
    case 'throttled': return 'refused';
    // A fault of the request shows that the provider looked at it.
    case 'failed': return FAILING.has(outcome.failure) ? 'failing' : 'ok';
    case 'cancelled': case 'lost': return null;
    default: return outcome satisfies never;
  }
}
