/** What is set aside for a call before it is made. Later: calls in flight together need less than the sum of their quantiles. */
import type { Head, OutputCounting, Reservation } from './types.ts';

/** Whole tokens, so that what is taken and given back sums to nothing. A call never produces more than its own maximum. */
export function reserve(head: Head, counting: OutputCounting): Reservation {
  const maximum = tokens(head.maximumOutputTokens);
  const estimate = tokens(head.outputTokens);
  const outputTokens = maximum > 0 ? Math.min(estimate, maximum) : estimate;
  const extraOutputTokens = counting === 'as_produced' ? 0 : Math.max(0, maximum - outputTokens);
  return { model: head.model, inputTokens: tokens(head.inputTokens), outputTokens, extraOutputTokens };
}

export const tokens = (count: number): number => Math.max(0, Math.ceil(count));
