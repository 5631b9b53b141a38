/** The tables of the simulator. */
import { formatTable } from '../table.ts';
import type { Summary } from './measured.ts';

export interface Ran {
  readonly name: string;
  readonly summary: Summary;
}

/** The first is what the others are held against. */
export function showRuns(title: string, runs: readonly Ran[]): string {
  const dimensions = runs[0]?.summary.limits.map(({ dimension }) => dimension) ?? [];
  return formatTable({
    title,
    columns: ['', 'refusals', ...dimensions.map((dimension) => `${dimension} %`), 'priority', 'served', 'p50 s', 'p95 s', 'p99 s', 'max s', 'gap', 'missed', 'p99 against it'],
    rows: runs.flatMap(({ name, summary }) => summary.priorities.map(({ name: priority, served, p50Ms, p95Ms, p99Ms, maxMs }, index) => {
      const first = (text: string): string => (index === 0 ? text : '');
      return [
        first(name), first(String(summary.refusals)), ...summary.limits.map(({ utilisation }) => first(percent(utilisation))),
        priority, String(served), ...[p50Ms, p95Ms, p99Ms, maxMs].map(seconds),
        first(summary.serviceGap.toFixed(2)), first(String(summary.deadlineMisses)), against(p99Ms, p99Of(runs[0], priority)),
      ];
    })),
    notes: [
      `Waits are from arrival to the grant with which the provider took it. "p99 against it": how much longer (or shorter, −) than with ${runs[0]?.name ?? ''}.`,
      'gap: the largest difference of service between tenants that waited together, in calls of the largest size.',
    ],
  });
}

const p99Of = (run: Ran | undefined, priority: string): number =>
  run?.summary.priorities.find(({ name }) => name === priority)?.p99Ms ?? Number.NaN;

function against(ms: number, reference: number): string {
  if (Number.isNaN(reference)) return '';
  const more = ms - reference;
  return more === 0 ? '·' : `${more > 0 ? '+' : '−'}${seconds(Math.abs(more))}`;
}

export const seconds = (ms: number): string => (ms / 1_000).toFixed(ms < 10_000 ? 2 : 1);
export const percent = (share: number): string => (share * 100).toFixed(1);
