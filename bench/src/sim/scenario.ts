/** One run of the simulator, told whole: who arrives when, what the provider allows, and how long calls take. */
import type { Limit, Priority } from '@sluice/domain';
import type { Counting, TraceRow } from '@sluice/testkit';
import type { Estimator } from './estimates.ts';

/** Requests that arrive when they arrive. */
export interface Stream {
  readonly rows: readonly TraceRow[];
  readonly priority: Priority;
  readonly tenant: string;
  readonly weight: number;
}

/** Requests that are always there: as one is granted the next one joins. */
export interface Fill {
  readonly priority: Priority;
  /** Their sizes, over and over. */
  readonly sizes: readonly Pick<TraceRow, 'inputTokens' | 'outputTokens'>[];
}

export interface CallTimes {
  /** From the grant until the request is on its way. */
  readonly pickupMs: number;
  /** Arrives within this after it was sent; the latest possible arrival is what the scheduler is told. */
  readonly guardMs: number;
  /** From the arrival to the first token, then for each token of output. */
  readonly latencyMs: number;
  readonly tokenMs: number;
}

export interface Scenario {
  readonly limits: readonly Limit[];
  readonly counting: Counting;
  /** By rank. */
  readonly priorities: readonly Priority[];
  readonly streams: readonly Stream[];
  readonly fill: Fill | null;
  readonly calls: CallTimes;
  /** A fresh one for the run. */
  readonly estimator: () => Estimator;
  /** The provider tells what a call took; else only the output is known, as it was seen. */
  readonly tellsUsage: boolean;
  /** A job not started this long after its arrival expires; Infinity: waits as long as it takes. */
  readonly deadlineMs: number;
  readonly seed: number;
}
