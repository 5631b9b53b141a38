/**
 * What is set aside for a call before it is made: the estimate that came with it, or what its model has taught since.
 *
 * A job that waited was estimated by what was known when it came; what was learned meanwhile is better. And calls in flight together
 * need less than each of them alone: their answers add up to n·mean ± k·σ·√n. The mean is itself an estimate from the last few calls, off
 * by some d·σ for all of them alike. So each reserves mean + σ·√(k²/n + d²), and one alone its quantile 0.9.
 *
 * Of a model that nothing is known of yet the estimate may be far off, for all its calls alike: a window full of them would be refused
 * many times over before the first has told. So those that go together reserve UNTAUGHT times as much until enough have ended; one that
 * goes alone does not, or a large one would wait for a window to be empty.
 */
import type { Learned } from '@sluice/domain';
import { QUANTILE_90 } from './estimate.ts';
import { leanTokens } from './input-line.ts';
import type { Head, OutputCounting, Reservation } from './types.ts';

/** Fewer calls than this teach too little: the estimate that came with the job stands. */
const ENOUGH_CALLS = 20;
/** How far off an estimate may be that nothing was learned for. */
const UNTAUGHT = 6;
/** How many σ of their sum calls in flight together reserve beyond the mean: it is asked again with each grant, so it must hold nearly
 *  always. */
const SIGMAS = 3;
/** Of σ: twice what the running mean, in which the newest call has the weight w, is off by: √(w ÷ (2 − w)). */
const DRIFT = 0.57;

/** What is known of a model's calls. */
export interface Taught {
  readonly learned: Learned | undefined;
  /** Its calls in flight, and those that have ended. */
  readonly inFlight: number;
  readonly settled: number;
}

/** Whole tokens, so that what is taken and given back sums to nothing. A call never produces more than its own maximum. */
export function reserve(head: Head, counting: OutputCounting, taught: Taught): Reservation {
  const maximum = tokens(head.maximumOutputTokens);
  const times = timesOf(head, taught);
  const estimate = tokens(times * outputOf(head, taught));
  const outputTokens = maximum > 0 ? Math.min(estimate, maximum) : estimate;
  const extraOutputTokens = counting === 'as_produced' ? 0 : Math.max(0, maximum - outputTokens);
  const reservation = { model: head.model, inputTokens: tokens(times * inputOf(head, taught)), outputTokens, extraOutputTokens };
  return head.scopes === undefined ? reservation : { ...reservation, scopes: head.scopes };
}

/** An estimate that was not made from text is no guess. A provider that never tells what a call took teaches nothing more, however many end. */
function timesOf({ bodyBytes }: Head, { learned, inFlight, settled }: Taught): number {
  const isGuess = bodyBytes !== undefined && Math.max(settled, learned?.calls ?? 0) < ENOUGH_CALLS;
  return isGuess && inFlight > 0 ? UNTAUGHT : 1;
}

function inputOf({ bodyBytes, inputTokens }: Head, { learned }: Taught): number {
  return learned === undefined || learned.calls < ENOUGH_CALLS || bodyBytes === undefined ? inputTokens : leanTokens(bodyBytes, learned.input);
}

function outputOf({ outputTokens }: Head, { learned, inFlight }: Taught): number {
  if (learned === undefined || learned.calls < ENOUGH_CALLS) return outputTokens;
  return learned.outputMean + Math.min(QUANTILE_90, Math.hypot(SIGMAS / Math.sqrt(inFlight + 1), DRIFT)) * Math.sqrt(learned.outputVariance);
}

export const tokens = (count: number): number => Math.max(0, Math.ceil(count));
