/** What a connection, a resource, a key or a source address allows. Window models: docs/scheduling.md. */
export const DIMENSIONS = ['requests', 'input_tokens', 'output_tokens', 'total_tokens', 'concurrency', 'cost'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const WINDOWS = ['sliding', 'fixed', 'bucket'] as const;
export type WindowModel = (typeof WINDOWS)[number];

export interface Limit {
  /** Without it the limit covers every call of its owner; with it, the calls of that model alone. */
  readonly model?: string;
  readonly dimension: Dimension;
  readonly amount: number;
  /** 0 for `concurrency`, which has no window. */
  readonly windowMs: number;
  readonly window: WindowModel;
  /** At most `amount × paceMs / windowMs` (never less than one call) in any `paceMs`, besides the limit itself. */
  readonly paceMs?: number;
  /** What a full bucket holds; default the amount. For `bucket` alone. */
  readonly burst?: number;
}

/** A limit as a provider states it with an answer. */
export interface LimitReading {
  readonly dimension: Dimension;
  readonly amount: number;
  readonly remaining: number | null;
  /** Until the window ends, or the limit is whole again; counted from the answer. */
  readonly resetMs: number | null;
  /** Null where the provider does not say over which time it counts. */
  readonly windowMs: number | null;
}

/** How a provider took a call: `refused` at a limit, `failing` by its own fault. */
export type Reception = 'ok' | 'refused' | 'failing';

/** What a provider told with the answer to a call, in Redis time (epoch ms). */
export interface Heard {
  readonly sentAt: number;
  /** The answer began; where none did, the call ended. */
  readonly at: number;
  /** `null`: it does not show (the caller went away, the call was lost). */
  readonly reception: Reception | null;
  /** Of a refusal: all calls of the connection, or those of the model. */
  readonly scope: 'connection' | 'model';
  readonly readings: readonly LimitReading[];
}

/** What one call takes of each dimension; a dimension that is absent takes nothing. `concurrency` is always 1. */
export type Cost = Readonly<Partial<Record<Dimension, number>>>;
