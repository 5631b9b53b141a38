/** What is charged against one limit: an implementation each for windows (stamps.ts) and buckets (bucket.ts). */

/** Times are epoch ms. Charges may lie a little ahead of now (the latest arrival of a call just sent). */
export interface Charges {
  /** Charges `amount` at `at`; a negative amount takes back what was charged at that time. */
  add(at: number, amount: number): void;
  /** What counts now of all that was charged, and what lies ahead of now. */
  total(now: number): number;
  /** When at least `amount` of what `total` told last will no longer count; Infinity when there is not that much. */
  freesAt(amount: number): number;
  /** What time alone will have left at a later time, of what `total` told last; nothing is forgotten. */
  leftAt(at: number): number;
  /** What is charged, each amount with the latest time it may have been charged at. */
  entries(): Iterable<readonly [at: number, amount: number]>;
  /** No charge counts for longer than this. */
  readonly windowMs: number;
}
