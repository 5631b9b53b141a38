/**
 * What the simulator asks of a policy: whom to grant now. The real core is one implementation (policies/weighted.ts), the
 * baselines it is held against are others; all are told the same and none is told what a call will really take.
 */
import type { Limit, Priority } from '@sluice/domain';
import type { Counting } from '@sluice/testkit';

/** A job that waits, as far as a scheduler may know it. */
export interface Job {
  /** Numbered from 0 in order of arrival. */
  readonly id: number;
  readonly priority: Priority;
  readonly tenant: string;
  readonly weight: number;
  /** Virtual ms. */
  readonly createdAt: number;
  /** Not to be started from then on; Infinity without a deadline. */
  readonly startBy: number;
  /** Estimated before the call. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** 0: the request states none. */
  readonly maximumOutputTokens: number;
  /** What the input is estimated from; 0: estimates are exact, and nothing is to be learned. */
  readonly bodyBytes: number;
}

export type News =
  | { readonly kind: 'arrived'; readonly job: Job }
  /** The provider has it since `arrivedAt` at the latest. */
  | { readonly kind: 'sent'; readonly job: Job; readonly arrivedAt: number }
  /** Tokens are null when the provider did not say. */
  | {
      readonly kind: 'ended'; readonly job: Job; readonly arrivedAt: number; readonly endedAt: number;
      readonly inputTokens: number | null; readonly outputTokens: number | null;
    }
  /** Refused by the provider (429): it is waiting again. */
  | { readonly kind: 'refused'; readonly job: Job; readonly retryAfterMs: number };

export interface Choice {
  /** To be sent now, in this order. */
  readonly granted: readonly Job[];
  /** Given up because `startBy` has come. */
  readonly expired: readonly Job[];
  /** When to ask again if nothing happens before; Infinity: never. */
  readonly wakeAt: number;
}

/** What a policy knows of the connection. */
export interface Terms {
  readonly limits: readonly Limit[];
  readonly counting: Counting;
  /** By rank. */
  readonly priorities: readonly Priority[];
}

export interface Chooser {
  /** `now` never goes back; asked whenever something happened, and at `wakeAt`. */
  choose(news: readonly News[], now: number): Choice;
  /** Ms that a job which waits now is said to wait from now on; null when it cannot be said. */
  foresee?(job: Job, now: number): number | null;
}

export interface Policy {
  readonly name: string;
  /** A fresh one for each run: it knows nothing yet. */
  start(terms: Terms): Chooser;
}
