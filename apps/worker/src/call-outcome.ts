/** What a call came to: the answer's own outcome, or what the transport's failure means; and what it is settled with. */
import type { FailureKind, Heard, Job, Outcome } from '@sluice/domain';
import { FAILURE_TEXT, type CallEnd, type CallFailure } from '@sluice/providers';
import type { Settlement } from '@sluice/queue';
import type { GiveUp } from './control.ts';
import type { Cooldown } from './cooldowns.ts';
import { ownError } from './ending.ts';
import type { Reading } from './reader.ts';

/** The transport's failures as outcomes. All but a flawed answer are worth another route. */
const FAILURES = {
  late: 'unavailable',
  closed: 'unavailable',
  aborted: 'unavailable',
  refused: 'unavailable',
  dns: 'unavailable',
  tls: 'unavailable',
  unreachable: 'unavailable',
  reset: 'unavailable',
  protocol: 'unavailable',
  cut: 'cut',
  too_large: 'unsupported',
  timeout_connect: 'timeout',
  timeout_first_byte: 'timeout',
  timeout_between_chunks: 'timeout',
  timeout_whole: 'timeout',
} as const satisfies Record<CallFailure, FailureKind>;

export interface Called {
  readonly job: Job;
  /** Index of the route that was called. */
  readonly route: number;
  readonly end: CallEnd;
  readonly reading: Reading | undefined;
  /** What kept it from being sent. */
  readonly closed: Cooldown | undefined;
  readonly gaveUp: GiveUp | undefined;
}

export function outcomeOfCall({ job, route, end, reading, closed, gaveUp }: Called): Outcome {
  if (reading?.outcome) return reading.outcome;
  const usage = reading?.usage ?? null;
  if (gaveUp?.kind === 'cancelled') return { kind: 'cancelled', by: gaveUp.by, usage };
  if (gaveUp?.kind === 'stopping' || end.failure === 'late') return { kind: 'lost' };
  if (closed !== undefined) {
    const retryAfterMs = Math.max(0, closed.until - end.endedAt);
    return { kind: 'throttled', retryAfterMs, scope: closed.scope, error: ownError(FAILURE_TEXT.closed) };
  }
  const failure = end.failure ?? 'reset';
  // The whole call's limit is the job's deadline where that comes first.
  if (failure === 'timeout_whole' && end.endedAt >= job.deadline) return { kind: 'cancelled', by: 'deadline', usage };
  // A connection may break without the provider being at fault (an unused one is closed just as it is written to): where
  // there is no other route it is worth the same one again.
  const isLast = route + 1 >= job.routes.length;
  const tryNext = isLast && (failure === 'reset' || failure === 'cut') ? 'same' : 'next';
  return { kind: 'failed', failure: FAILURES[failure], tryNext, error: ownError(FAILURE_TEXT[failure]), usage };
}

/** What a call is settled under. */
export interface Terms {
  readonly guardMs: number;
  readonly heard: Heard | null;
  /** Does the provider count what it reads from its cache? */
  readonly countsCachedInput?: boolean;
}

/**
 * What the provider counts for this call, as far as is known. What is not known stays as it was reserved: too much is
 * safe, too little is a refusal.
 */
export function settlementOf({ job, end, reading }: Called, outcome: Outcome, { guardMs, heard, countsCachedInput = true }: Terms): Settlement {
  if (end.sentAt === null) return { kind: 'unsent' };
  const [inputTokens, outputTokens] = tokensOf(outcome, reading);
  return {
    kind: 'sent', arrivedAt: latestArrival(end, guardMs), endedAt: end.endedAt, inputTokens, outputTokens,
    // Of a caller's own account nothing holds back the others.
    cooldownUntil: outcome.kind === 'throttled' && job.providerKey === undefined ? end.endedAt + outcome.retryAfterMs : null, heard,
    ...(!countsCachedInput && reading?.usage && { uncountedInput: reading.usage.cachedInputTokens }),
  };
}

/** A request that was never handed over whole may arrive, in part, until the guard after the call's end. */
export function latestArrival(end: Pick<CallEnd, 'bodySentAt' | 'firstByteAt' | 'endedAt'>, guardMs: number): number {
  const sent = (end.bodySentAt ?? end.endedAt) + guardMs;
  return end.firstByteAt === null ? sent : Math.min(end.firstByteAt, sent);
}

function tokensOf(outcome: Outcome, reading: Reading | undefined): [number | null, number | null] {
  const usage = reading?.usage;
  // An input that was only estimated stays as it is reserved: learned as if it were told, estimates would feed on themselves.
  if (usage) return [usage.source === 'provider' ? usage.inputTokens : null, usage.outputTokens];
  if (isRefusal(outcome) && !reading?.begun) return [0, 0];
  return [null, reading?.outputSeen ?? null];
}

/** The provider looked at the request and would not do it: it charges the request, and no tokens. */
function isRefusal(outcome: Outcome): boolean {
  if (outcome.kind === 'throttled') return true;
  if (outcome.kind !== 'failed') return false;
  const { status } = outcome.error;
  return status !== null && status >= 400 && status < 500;
}
