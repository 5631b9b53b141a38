/**
 * The life of a job.
 *
 *   queued ──▶ running ──▶ completed | failed | cancelled | expired
 *     ▲  │        │
 *     │  └────────┼──────▶ failed | cancelled | expired      (before it cost anything)
 *     └───────────┘        next attempt: throttled, lost, or the next route
 *
 * The last four are final: nothing leaves them. Every change of state, in Redis and in Postgres, is one of these.
 */
export const TRANSITIONS = {
  queued: ['running', 'failed', 'cancelled', 'expired'],
  running: ['queued', 'completed', 'failed', 'cancelled', 'expired'],
  completed: [],
  failed: [],
  cancelled: [],
  expired: [],
} as const satisfies Record<string, readonly string[]>;

export type JobState = keyof typeof TRANSITIONS;
export type FinalState = 'completed' | 'failed' | 'cancelled' | 'expired';

export const isFinal = (state: JobState): state is FinalState => TRANSITIONS[state].length === 0;

export const mayBecome = (from: JobState, to: JobState): boolean =>
  (TRANSITIONS[from] as readonly JobState[]).includes(to);
