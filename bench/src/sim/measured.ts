/** What a run is judged by. */
import type { Use } from './provider.ts';
import { quantile, sum } from '../statistics.ts';

export interface Waits {
  readonly name: string;
  /** When each served job arrived, and how long it waited until the grant with which the provider took it, ms. */
  readonly at: readonly number[];
  readonly waits: readonly number[];
  readonly tenants: readonly string[];
  /** What was said of each wait when the job arrived, ms; null: nothing. */
  readonly foreseen: readonly (number | null)[];
}

export interface Measured {
  /** Calls that the provider refused. */
  readonly refusals: number;
  readonly uses: readonly Use[];
  /** By rank; those that nobody asked for are left out. */
  readonly priorities: readonly Waits[];
  /** Largest difference of service between two tenants that waited together, in calls of the largest size. */
  readonly serviceGap: number;
  readonly deadlineMisses: number;
  /** Until the last arrival, ms. */
  readonly lengthMs: number;
}

export interface Summary {
  readonly refusals: number;
  readonly limits: readonly { readonly dimension: string; readonly utilisation: number }[];
  readonly priorities: readonly {
    readonly name: string; readonly served: number;
    readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number; readonly maxMs: number;
  }[];
  readonly serviceGap: number;
  readonly deadlineMisses: number;
}

/** The figures, in the shape that `--json` prints. */
export function summarize(measured: Measured): Summary {
  const { refusals, uses, priorities, serviceGap, deadlineMisses, lengthMs } = measured;
  return {
    refusals,
    limits: uses.map((use) => ({ dimension: use.limit.dimension, utilisation: round(utilisationOf(use, lengthMs), 5) })),
    priorities: priorities.map(({ name, waits }) => ({
      name, served: waits.length, p50Ms: quantile(waits, 0.5), p95Ms: quantile(waits, 0.95), p99Ms: quantile(waits, 0.99),
      maxMs: quantile(waits, 1),
    })),
    serviceGap: round(serviceGap, 3),
    deadlineMisses,
  };
}

/**
 * Accepted, as a share of what the limit allows, over the whole windows from a time on (over all that is left when that is shorter
 * than one). Of a limit without a window (`concurrency`): the time that calls were open, as a share of all that it allows.
 */
export function utilisationOf({ limit, at, amounts }: Use, lengthMs: number, fromMs = 0): number {
  const windowMs = limit.windowMs > 0 ? limit.windowMs : Math.max(1, lengthMs - fromMs);
  const windows = Math.max(1, Math.floor((lengthMs - fromMs) / windowMs));
  const endMs = fromMs + windows * windowMs;
  const accepted = sum(amounts.filter((_, index) => (at[index] ?? 0) >= fromMs && (at[index] ?? 0) < endMs));
  return accepted / (limit.amount * windows * (limit.windowMs > 0 ? 1 : windowMs));
}

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
