/** What a load result says in a few numbers. */
import { quantile } from '../statistics.ts';
import type { LoadResult } from './plan.ts';

export interface Summary {
  readonly calls: number;
  /** With a whole 2xx answer. */
  readonly answered: number;
  /** From the scheduled send to the end of the answer, of those answered. Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly failures: Readonly<Record<string, number>>;
  /** CPU time of the generator per time that passed: near 1 the figures are its own. */
  readonly generatorCores: number;
}

export function summaryOf(result: LoadResult): Summary {
  const latencies = durations(result, result.endedAt);
  return {
    calls: result.scheduledAt.length,
    answered: latencies.length,
    p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), max: quantile(latencies, 1),
    failures: result.failures,
    generatorCores: result.cpuMs / result.wallMs,
  };
}

/** From the scheduled send to a moment of each call that was answered whole. */
export function durations(result: LoadResult, until: Float64Array): number[] {
  return Array.from(result.scheduledAt).flatMap((scheduledAt, index) => (result.whole[index] === 1 ? [(until[index] ?? Number.NaN) - scheduledAt] : []));
}

/** All reasons of several loads, most frequent first, as one line each. */
export function failureNotes(name: string, summaries: readonly Pick<Summary, 'failures'>[]): string[] {
  const counts = new Map<string, number>();
  for (const { failures } of summaries) for (const [reason, count] of Object.entries(failures)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, 5).map(([reason, count]) => `${name}: ${count} failed with ${reason}`);
}

/** Which limits the provider refused at, by its own count. */
export function refusalNotes(name: string, refusals: Readonly<Record<string, number>>): string[] {
  return Object.entries(refusals).map(([limit, count]) => `${name}: ${count} refused at ${limit}`);
}
