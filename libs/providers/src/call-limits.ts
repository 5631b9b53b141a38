/** How long, and how much, a call may take. */
export interface CallLimits {
  /** Until a connection is ready, name and TLS included. */
  readonly connectMs: number;
  /** From the request's writing to the head of the answer. */
  readonly firstByteMs: number;
  /** Silence within the answer; not counted while the reader holds the provider back. */
  readonly betweenChunksMs: number;
  readonly wholeMs: number;
  readonly responseBytes: number;
}

export const CALL_LIMITS: CallLimits = {
  connectMs: 10_000, firstByteMs: 300_000, betweenChunksMs: 120_000, wholeMs: 900_000, responseBytes: 64 * 1024 * 1024,
};
