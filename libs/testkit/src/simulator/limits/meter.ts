/**
 * One limit as a provider keeps it: how much of a window is used, and when more will fit.
 * Four models (sliding, fixed, bucket, and a pace on top of any), one interface.
 */

/** What one call took. It is kept so that the provider can correct it once the true figure is known. */
export interface Charge {
  readonly at: number;
  amount: number;
  /** The same call's charge in the meter beneath, where two are stacked. */
  readonly inner?: Charge;
}

export interface Meter {
  /** Milliseconds until `n` more fit: 0 when they fit now, Infinity when they never will. */
  waitFor(n: number, now: number): number;
  /** Charges `n`, whether it fits or not: output that was produced cannot be refused any more. */
  take(n: number, now: number): Charge;
  /** Replaces what a charge took, in the window in which it was charged, if that still counts. */
  correct(charge: Charge, n: number, now: number): void;
  used(now: number): number;
  /** Milliseconds until nothing is used any more. */
  resetsIn(now: number): number;
  /** A new amount for the same window; what is used stays used. */
  resize(amount: number, now: number): void;
}
