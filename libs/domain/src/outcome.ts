/**
 * How an attempt ended, and what follows from it.
 *
 * A provider's failure is a value, never an exception, because the worker must react to each kind. What follows is
 * decided once, here, and recorded by `endAttempt` before anything acts on it, so that whoever comes back after a crash
 * repeats the same steps instead of deciding anew.
 */
import type { CancelReason, Job } from './job.ts';
import { firstAttemptOf } from './kept.ts';
import type { FinalState } from './state.ts';

export const FAILURES = [
  'overloaded', 'unavailable', 'timeout', 'context_too_long', 'content_refused', 'bad_generation', 'quota_exhausted',
  'invalid_request', 'request_too_large', 'unauthorized', 'not_found', 'cut', 'unsupported', 'unknown',
] as const;
export type FailureKind = (typeof FAILURES)[number];

/** What the provider itself said, as it is shown to the client and kept in audit. `body` is its own error body. */
export interface ProviderError {
  readonly status: number | null;
  readonly code: string | null;
  readonly message: string;
  readonly body?: unknown;
}

export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** `provider`: its own figures. `estimated`: it gave none, and we counted what we saw. */
  readonly source: 'provider' | 'estimated';
}

export type Outcome =
  | { readonly kind: 'completed'; readonly usage: Usage }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly scope: 'connection' | 'model'; readonly error: ProviderError }
  | {
      readonly kind: 'failed'; readonly failure: FailureKind; readonly tryNext: 'same' | 'next' | 'none'; readonly error: ProviderError;
      readonly usage: Usage | null;
      /** Of `unsupported`: the field of the request that the provider's format cannot say. */
      readonly param?: string;
    }
  | { readonly kind: 'cancelled'; readonly by: CancelReason; readonly usage: Usage | null }
  | { readonly kind: 'lost' };

export type Next =
  | { readonly kind: 'finish'; readonly state: FinalState }
  | { readonly kind: 'again'; readonly route: number; readonly notBefore: number };

/** At most this many attempts of one job that cost something; a refusal at a limit costs none. */
export const MAX_ATTEMPTS = 6;
/** A lost or flawed attempt is made again on its own route this often; a lost one of a kept job as often as any. */
export const MAX_SAME_ROUTE = 2;
/** Longer than this a refused job does not wait for its own route if another is left. */
export const THROTTLE_PATIENCE_MS = 2_000;

export interface AttemptFacts {
  readonly attempt: number;
  readonly route: number;
  /** Attempts on this route that cost something, this one included. */
  readonly onRoute: number;
  /** Has the client been sent any part of the answer? Then there is no second try. */
  readonly begun: boolean;
  /** When it ended, epoch ms. */
  readonly now: number;
}

export function whatFollows(outcome: Outcome, job: Job, facts: AttemptFacts): Next {
  const { now } = facts;
  const attempts = facts.attempt - firstAttemptOf(job) + 1;
  const nextRoute = facts.route + 1;
  const hasNext = nextRoute < job.routes.length;
  const inTime = (at: number) => at < Math.min(job.deadline, job.startBy);
  const same = (at: number): Next | undefined => (inTime(at) ? { kind: 'again', route: facts.route, notBefore: at } : undefined);
  const next = (): Next | undefined => (hasNext && now < job.deadline ? { kind: 'again', route: nextRoute, notBefore: 0 } : undefined);
  const failed: Next = { kind: 'finish', state: now >= job.deadline ? 'expired' : 'failed' };

  if (outcome.kind === 'completed') return { kind: 'finish', state: 'completed' };
  if (outcome.kind === 'cancelled') return { kind: 'finish', state: outcome.by === 'deadline' ? 'expired' : 'cancelled' };
  if (facts.begun) return failed;
  switch (outcome.kind) {
    case 'throttled': {
      const at = now + outcome.retryAfterMs;
      return (outcome.retryAfterMs <= THROTTLE_PATIENCE_MS ? same(at) ?? next() : next() ?? same(at)) ?? failed;
    }
    case 'lost': {
      // A process of ours died. Whoever was promised a result does not pay for that, unless it is the job that kills it.
      const mayStay = job.kept ? facts.onRoute < MAX_ATTEMPTS : facts.onRoute < MAX_SAME_ROUTE && attempts < MAX_ATTEMPTS;
      return (mayStay ? same(now) : next()) ?? failed;
    }
    case 'failed':
      if (outcome.tryNext === 'none' || attempts >= MAX_ATTEMPTS) return failed;
      if (outcome.tryNext === 'same' && facts.onRoute < MAX_SAME_ROUTE) return same(now) ?? next() ?? failed;
      return next() ?? failed;
    default:
      return outcome satisfies never;
  }
}
