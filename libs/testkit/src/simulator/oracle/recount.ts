/**
 * The oracle's own count of limits, from the log of calls and the definition alone. It shares no code with the enforcement:
 * what one gets wrong the other must show.
 */
import type { Limit } from '@sluice/domain';
import type { Counting } from '../limits/enforcer.ts';
import type { CallRecord } from './call.ts';

/** Something charged: `amount` of a dimension at a time (epoch ms). */
export interface Spent {
  readonly at: number;
  readonly amount: number;
}

/** The most spent in any half-open interval of `windowMs`; `spent` in order of time. */
export function mostInAnyWindow(spent: readonly Spent[], windowMs: number): number {
  let most = 0;
  let sum = 0;
  let from = 0;
  for (const { at, amount } of spent) {
    sum += amount;
    for (let oldest = spent[from]; oldest && oldest.at <= at - windowMs; oldest = spent[from]) {
      sum -= oldest.amount;
      from += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** The most spent in any aligned window. */
export function mostInAlignedWindow(spent: readonly Spent[], windowMs: number, offsetMs: number): number {
  const sums = new Map<number, number>();
  for (const { at, amount } of spent) {
    const window = Math.floor((at - offsetMs) / windowMs);
    sums.set(window, (sums.get(window) ?? 0) + amount);
  }
  return sums.size === 0 ? 0 : [...sums.values()].reduce((most, sum) => Math.max(most, sum), 0);
}

/** What was spent in [fromMs, toMs). */
export const spentBetween = (spent: readonly Spent[], fromMs: number, toMs: number): number =>
  spent.reduce((sum, { at, amount }) => (at >= fromMs && at < toMs ? sum + amount : sum), 0);

/** The most calls open at one moment; one that ends when another arrives does not overlap it. */
export function mostAtOnce(calls: readonly CallRecord[]): number {
  const edges = calls.flatMap((call) => [
    { at: call.arrivedAt, by: 1 },
    ...(call.endedAt === null ? [] : [{ at: call.endedAt, by: -1 }]),
  ]);
  edges.sort((a, b) => a.at - b.at || a.by - b.by);
  let open = 0;
  let most = 0;
  for (const { by } of edges) {
    open += by;
    most = Math.max(most, open);
  }
  return most;
}

/** What charged calls spent of a limit's dimension, in order of time. An open call counts with its maximum where that is
 *  reserved. */
export function spentOn(limit: Limit, calls: readonly CallRecord[], counting: Counting): Spent[] {
  const covered = calls.filter((call) => call.charged && (limit.model === undefined || limit.model === call.model));
  return covered.flatMap((call) => spentBy(call, limit, counting)).sort((a, b) => a.at - b.at);
}

function spentBy(call: CallRecord, limit: Limit, counting: Counting): Spent[] {
  const input: Spent = { at: call.arrivedAt, amount: call.inputTokens };
  const output = outputOf(call, counting);
  switch (limit.dimension) {
    case 'requests': return [{ at: call.arrivedAt, amount: 1 }];
    case 'input_tokens': return [input];
    case 'output_tokens': return output;
    case 'total_tokens': return [input, ...output];
    case 'concurrency':
    case 'cost': return [];
    default: return limit.dimension satisfies never;
  }
}

function outputOf(call: CallRecord, counting: Counting): Spent[] {
  if (counting === 'maximum_at_admission') {
    return [{ at: call.arrivedAt, amount: call.endedAt === null ? call.maxOutputTokens : call.outputTokens }];
  }
  return call.endedAt === null ? [] : [{ at: call.endedAt, amount: call.outputTokens }];
}
