/**
 * What a call is expected to cost before it is made, learned per route from calls that were settled.
 *
 * Input comes from the bytes of the body (never from a tokenizer: adversarial text costs seconds), output is the quantile 0.9 of
 * what the route produced lately, taken as normal, never more than the request's own maximum.
 */
import type { Estimate, Learned } from '@sluice/domain';

/** Before anything is learned: English and JSON run to about four bytes a token, so this is a little too many tokens. */
const START: Learned = { bytesPerToken: 3.5, bytesPerTokenDeviation: 0, outputMean: 300, outputVariance: 300 ** 2, calls: 0 };
/** Weight of the newest call: after 20 calls 4 % of what was believed before is left. */
const NEWEST = 0.15;
/** How far one call can pull the ratio: it counts as at most this many times more or less than what is believed. */
const MOST_SURPRISE = 4;
const BYTES_PER_TOKEN = { least: 0.25, most: 1_000_000 } as const;
/** A shorter body teaches less of the ratio: it is mostly wrapping, and there are few tokens to be wrong about. */
const TEACHES_BYTES = 2_000;
/** A long body has more tokens a byte than a short one with the same wrapping, and what is estimated too low is what a provider
 *  refuses: the estimate leans to the safe side by this many mean deviations. What was too much comes back at settlement. */
const LEAN = 1.5;
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
    inputTokens: Math.ceil(bodyBytes / leanRatio(learned)),
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
    ...(isCount(inputTokens) && inputTokens > 0 && isCount(bodyBytes) && bodyBytes > 0
      ? ratioAfter(before, { seen: bodyBytes / inputTokens, weight: NEWEST * Math.min(1, bodyBytes / TEACHES_BYTES) })
      : { bytesPerToken: before.bytesPerToken, bytesPerTokenDeviation: before.bytesPerTokenDeviation }),
    ...(isCount(outputTokens) ? outputAfter(before, outputTokens)
      : { outputMean: before.outputMean, outputVariance: before.outputVariance }),
    calls: before.calls + 1,
  };
}

const isCount = (value: number | null): value is number => value !== null && Number.isFinite(value) && value >= 0;

type Ratio = Pick<Learned, 'bytesPerToken' | 'bytesPerTokenDeviation'>;

function ratioAfter({ bytesPerToken, bytesPerTokenDeviation }: Ratio, { seen, weight }: { seen: number; weight: number }): Ratio {
  const counted = Math.min(Math.max(seen, bytesPerToken / MOST_SURPRISE), bytesPerToken * MOST_SURPRISE);
  const ratio = bytesPerToken + weight * (counted - bytesPerToken);
  return {
    bytesPerToken: Math.min(Math.max(ratio, BYTES_PER_TOKEN.least), BYTES_PER_TOKEN.most),
    bytesPerTokenDeviation: bytesPerTokenDeviation + weight * (Math.abs(counted - bytesPerToken) - bytesPerTokenDeviation),
  };
}

/** Never less than half of what is believed: one odd call must not double every estimate. */
export const leanRatio = ({ bytesPerToken, bytesPerTokenDeviation }: Ratio): number =>
  Math.max(bytesPerToken - LEAN * bytesPerTokenDeviation, bytesPerToken / 2, BYTES_PER_TOKEN.least);

/** Exponentially weighted mean and variance: https://en.wikipedia.org/wiki/Moving_average (last section). */
function outputAfter({ outputMean, outputVariance }: Learned, seen: number): Pick<Learned, 'outputMean' | 'outputVariance'> {
  const surprise = seen - outputMean;
  return {
    outputMean: outputMean + NEWEST * surprise,
    outputVariance: (1 - NEWEST) * (outputVariance + NEWEST * surprise ** 2),
  };
}
