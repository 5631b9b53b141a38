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
}

/** What one call takes of each dimension; a dimension that is absent takes nothing. `concurrency` is always 1. */
export type Cost = Readonly<Partial<Record<Dimension, number>>>;
