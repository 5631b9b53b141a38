/**
 * The breaker of an endpoint: after several failures in a row it is left alone for a while, then asked with a single
 * delivery, so that a receiver that is down costs us little and is not flooded when it comes back.
 *
 *   well (4 at once) ──5 failures in a row──▶ paused ──time──▶ asked (1 at once) ──success──▶ well
 *                                               ▲                  │ failure: twice as long, up to 5 min
 *                                               └──────────────────┘
 */
export interface EndpointHealth {
  /** In a row. */
  readonly failures: number;
  /** How long it is still to be left alone. */
  readonly pausedForMs: number;
}

export const WELL: EndpointHealth = { failures: 0, pausedForMs: 0 };

const FAILURES_TO_PAUSE = 5;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
const AT_ONCE = 4;

export function healthAfter({ failures }: EndpointHealth, delivered: boolean): EndpointHealth {
  if (delivered) return WELL;
  const row = failures + 1;
  if (row < FAILURES_TO_PAUSE) return { failures: row, pausedForMs: 0 };
  // The exponent is bounded because the row may go on for weeks.
  const doublings = Math.min(row - FAILURES_TO_PAUSE, 10);
  return { failures: row, pausedForMs: Math.min(FIRST_PAUSE_MS * 2 ** doublings, LONGEST_PAUSE_MS) };
}

/** Deliveries that may be under way to it at once. */
export function atOnce({ failures, pausedForMs }: EndpointHealth): number {
  if (pausedForMs > 0) return 0;
  return failures < FAILURES_TO_PAUSE ? AT_ONCE : 1;
}
