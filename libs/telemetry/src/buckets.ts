/** Histogram buckets, seconds. Each covers the range its question is asked over; more would multiply every series. */

/** From "not held" to the longest default hold of a streamed call (10 min). */
export const HOLD_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240, 600];
/** A provider's first byte and whole answers: 10 ms for the fastest, 10 min for reasoning models. */
export const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** One decision of the scheduler: microseconds when healthy, a second when something is very wrong. */
export const DECISION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
/** What was reserved by what was used: right is 1. No seconds. */
export const RATIO_BUCKETS = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 10];
