/**
 * What a call is expected to cost before it is made, learned per route from calls that were settled.
 *
 * Input comes from the bytes of the body (never from a tokenizer: adversarial text costs seconds), output is the quantile 0.9 of
 * what the route produced lately, taken as normal, never more than the request's own maximum.
 */
import type { Estimate, Learned } from '@sluice/domain';
import { leanTokens, lineAfter, START_LINE } from './input-line.ts';

/** Before anything is learned. */
const START: Learned = { input: START_LINE, outputMean: 300, outputVariance: 300 ** 2, calls: 0 };
/** Weight of the newest call: after 20 calls 4 % of what was believed before is left. */
const NEWEST = 0.15;
/** Of the normal distribution: nine calls of ten stay below mean + 1.28 σ. */
export const QUANTILE_90 = 1.28;

export interface Asked {
  readonly bodyBytes: number;
  /** Of one choice; null: the request states none. */
  readonly maximumOutputTokens: number | null;
  readonly choices: number;
}

export function estimate({ bodyBytes, maximumOutputTokens, choices }: Asked, learned: Learned = START): Estimate {
  const output = learned.outputMean + QUANTILE_90 * Math.sqrt(learned.outputVariance);
  const ofOne = maximumOutputTokens === null ? output : Math.min(output, maximumOutputTokens);
  return {
    inputTokens: Math.ceil(leanTokens(bodyBytes, learned.input)),
    outputTokens: Math.ceil(ofOne * choices),
    maximumOutputTokens: maximumOutputTokens === null ? null : maximumOutputTokens * choices,
  };
}

export interface Settled {
  readonly bodyBytes: number;
  /** As the provider counted; null when it did not say. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** What is believed after one more settled call. Counts that cannot be (negative, not finite) teach nothing. */
export function learn(learned: Learned | undefined, { bodyBytes, inputTokens, outputTokens }: Settled): Learned {
  const before = learned ?? START;
  return {
    input: isCount(inputTokens) && inputTokens > 0 && isCount(bodyBytes) && bodyBytes > 0
      ? lineAfter(before.input, { bytes: bodyBytes, tokens: inputTokens, calls: before.calls }) : before.input,
    ...(isCount(outputTokens) ? outputAfter(before, outputTokens)
      : { outputMean: before.outputMean, outputVariance: before.outputVariance }),
    calls: before.calls + 1,
  };
}

const isCount = (value: number | null): value is number => value !== null && Number.isFinite(value) && value >= 0;

/** Exponentially weighted mean and variance: https://en.wikipedia.org/wiki/Moving_average (last section). */
function outputAfter({ outputMean, outputVariance }: Learned, seen: number): Pick<Learned, 'outputMean' | 'outputVariance'> {
  const surprise = seen - outputMean;
  return {
    outputMean: outputMean + NEWEST * surprise,
    outputVariance: (1 - NEWEST) * (outputVariance + NEWEST * surprise ** 2),
  };
}
