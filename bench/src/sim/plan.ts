/** The scenario that the options of the command line ask for. */
import type { Priority } from '@sluice/domain';
import type { TraceRow } from '@sluice/testkit';
import type { Trace } from './arrivals/open-trace.ts';
import { BYTES_PER_TOKEN, exactEstimator, learningEstimator } from './estimates.ts';
import { limitsOf } from './limits.ts';
import type { Options } from './options.ts';
import { randomFrom, shuffled } from './random.ts';
import type { Fill, Scenario, Stream } from './scenario.ts';

/** Those of sluice.example.yaml. */
const PRIORITIES: readonly Omit<Priority, 'rank'>[] = [
  { name: 'urgent', reserved: 50, ceiling: 100, agesAfterMs: 10_000 },
  { name: 'normal', reserved: 20, ceiling: 100, agesAfterMs: null },
  { name: 'batch', reserved: 5, ceiling: 100, agesAfterMs: null },
];
/** From the decision to the request on its way: the queue, and the worker that takes it. */
const PICKUP_MS = 2;

/** @throws Error with one line that names the option at fault */
export function planScenario(options: Options, traces: readonly Trace[]): Scenario {
  const names = traces.map((_, index) => options.priorities[index] ?? options.priorities.at(-1) ?? '');
  const priorities = prioritiesOf([...names, ...(options.fill === null ? [] : [options.fill])]);
  const rows = traces.flatMap((trace) => trace.rows).sort((a, b) => a.atMs - b.atMs);
  const named = (name: string): Priority => {
    const found = priorities.find((priority) => priority.name === name);
    if (found === undefined) throw new Error(`no priority ${name}`);
    return found;
  };
  return {
    limits: limitsOf(options.limits, rows, options),
    counting: options.counting,
    priorities,
    streams: traces.flatMap((trace, index) => dealt(trace.rows, options.tenants, named(names[index] ?? ''))),
    fill: options.fill === null ? null : fillOf(rows, named(options.fill), options.seed),
    calls: { pickupMs: PICKUP_MS, guardMs: options.guardMs, latencyMs: options.latencyMs, tokenMs: options.tokenMs },
    estimator: () => (options.estimates === 'exact' ? exactEstimator() : learningEstimator({ bytesPerToken: () => BYTES_PER_TOKEN, seed: options.seed })),
    tellsUsage: true,
    deadlineMs: options.deadlineMs,
    seed: options.seed,
  };
}

/** Those that are asked for, by rank. */
function prioritiesOf(names: readonly string[]): readonly Priority[] {
  for (const name of names) {
    if (!PRIORITIES.some((priority) => priority.name === name)) {
      throw new Error(`--priority and --fill must be one of ${PRIORITIES.map((priority) => priority.name).join(', ')}, got ${name}`);
    }
  }
  return PRIORITIES.filter(({ name }) => names.includes(name)).map((priority, rank) => ({ ...priority, rank }));
}

/** One after the other, so that each tenant asks for as much. */
function dealt(rows: readonly TraceRow[], tenants: number, priority: Priority): readonly Stream[] {
  return Array.from({ length: tenants }, (_, index) =>
    ({ rows: rows.filter((__, number) => number % tenants === index), priority, tenant: `tenant ${index + 1}`, weight: 1 }));
}

/** Of the sizes of the trace, in another order. */
const fillOf = (rows: readonly TraceRow[], priority: Priority, seed: number): Fill => ({ priority, sizes: shuffled(rows, randomFrom(seed)) });
