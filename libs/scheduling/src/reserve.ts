/**
 * What is set aside for a call before it is made: the estimate that came with it, or what its model has taught since.
 *
 * A job that waited was estimated by what was known when it came; what was learned meanwhile is better. And calls in flight together
 * need less than each of them alone: their answers add up to n·mean ± k·σ·√n, so each reserves mean + k·σ/√n, and one alone its
 * quantile 0.9.
 */
import type { Learned } from '@sluice/domain';
import { QUANTILE_90 } from './estimate.ts';
import { leanTokens } from './input-line.ts';
import type { Head, OutputCounting, Reservation } from './types.ts';

/** Fewer calls than this teach too little: the estimate that came with the job stands. */
const ENOUGH_CALLS = 20;
/** How many σ of their sum calls in flight together reserve beyond the mean: it is asked again with each grant, so it must hold nearly
 *  always. */
const SIGMAS = 3;

/** What is known of a model's calls. */
export interface Taught {
  readonly learned: Learned | undefined;
  /** Its calls in flight. */
  readonly inFlight: number;
}

/** Whole tokens, so that what is taken and given back sums to nothing. A call never produces more than its own maximum. */
export function reserve(head: Head, counting: OutputCounting, taught: Taught): Reservation {
  const maximum = tokens(head.maximumOutputTokens);
  const estimate = tokens(outputOf(head, taught));
  const outputTokens = maximum > 0 ? Math.min(estimate, maximum) : estimate;
  const extraOutputTokens = counting === 'as_produced' ? 0 : Math.max(0, maximum - outputTokens);
  const reservation = { model: head.model, inputTokens: tokens(inputOf(head, taught)), outputTokens, extraOutputTokens };
  return head.scopes === undefined ? reservation : { ...reservation, scopes: head.scopes };
}

function inputOf({ bodyBytes, inputTokens }: Head, { learned }: Taught): number {
  return learned === undefined || learned.calls < ENOUGH_CALLS || bodyBytes === undefined ? inputTokens : leanTokens(bodyBytes, learned.input);
}

function outputOf({ outputTokens }: Head, { learned, inFlight }: Taught): number {
  if (learned === undefined || learned.calls < ENOUGH_CALLS) return outputTokens;
  return learned.outputMean + Math.min(QUANTILE_90, SIGMAS / Math.sqrt(inFlight + 1)) * Math.sqrt(learned.outputVariance);
}

export const tokens = (count: number): number => Math.max(0, Math.ceil(count));
