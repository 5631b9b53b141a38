/** One scenario under one policy, and beside it the others that it is held against. */
import { spanOf, type Trace } from './arrivals/open-trace.ts';
import { BASELINES, DEFAULT } from './line-up.ts';
import { type Measured, summarize } from './measured.ts';
import type { Policy } from './policy.ts';
import type { Scenario } from './scenario.ts';
import { showRuns } from './show.ts';
import { simulate } from './simulate.ts';

export interface Question {
  readonly traces: readonly Trace[];
  readonly scenario: Scenario;
  /** null: the default, beside all baselines. */
  readonly policy: Policy | null;
}

export interface Comparison {
  readonly table: string;
  /** Of the policy that was asked about. */
  readonly own: { readonly name: string; readonly measured: Measured };
}

export function compare(question: Question): Comparison {
  const { scenario, policy } = question;
  const measure = (one: Policy, name = one.name, changes: Partial<Scenario> = {}): { name: string; measured: Measured } =>
    ({ name, measured: simulate({ ...scenario, ...changes }, one) });
  const own = measure(policy ?? DEFAULT);
  const others = policy === null ? Object.values(BASELINES) : policy === DEFAULT ? [] : [DEFAULT];
  const alone = scenario.fill === null ? [] : [measure(policy ?? DEFAULT, 'alone', { fill: null })];
  const runs = [own, ...others.map((other) => measure(other)), ...alone];
  return { own, table: showRuns(titleOf(question), runs.map(({ name, measured }) => ({ name, summary: summarize(measured) }))) };
}

function titleOf({ traces, scenario: { limits, streams, fill } }: Question): string {
  const what = traces.map((trace) => `${trace.name} (${trace.rows.length} requests in ${Math.round(spanOf(trace) / 1_000)} s)`).join(' and ');
  const names = [...new Set(streams.map(({ priority }) => priority.name))].join(' and ');
  const allowed = limits.map(({ dimension, amount, windowMs, window }) => `${amount} ${dimension}${windowMs > 0 ? ` in ${windowMs / 1_000} s (${window})` : ''}`);
  return `${what} as ${names}${fill === null ? '' : ` over endless ${fill.priority.name}`}; allowed: ${allowed.join(', ')}`;
}
