/**
 * Input tokens by bytes of the body: a line fitted to a model's settled calls, the newest counting most.
 *
 * A line and not a ratio, because every body has a wrapping (roles, names, braces) of few tokens: by a ratio learned from short bodies a
 * long one is estimated too low, which is what a provider refuses. Where lengths hardly differ there is no slope to be seen, and tokens
 * are taken to grow with the bytes.
 *
 * Exponentially weighted moments: https://en.wikipedia.org/wiki/Simple_linear_regression, with the weights of
 * https://en.wikipedia.org/wiki/Moving_average#Exponentially_weighted_moving_variance_and_standard_deviation.
 */
import type { InputLine } from '@sluice/domain';

/** Before anything is learned: English and JSON run to about four bytes a token, so this is a little too many tokens. A provider
 *  that never tells leaves it at that: some deviation is taken for granted. */
export const START_LINE: InputLine = { bytesMean: 3_500, tokensMean: 1_000, bytesVariance: 0, covariance: 0, deviation: 0.02 };
/** Weight of the newest call, once there were as many as its reciprocal. */
const NEWEST = 0.1;
/** How far one call can pull the line: it counts as at most this many times more or less than what is believed. */
const MOST_SURPRISE = 4;
/** Lengths that differ by less than this part of their mean say little of the slope. */
const ALIKE = 0.1;
/** By how many mean deviations an estimate leans to the safe side. What was too much comes back at settlement. */
const LEAN = 2.5;

/** Tokens, not rounded, that a body of so many bytes is expected to have. */
export function expectedTokens(bytes: number, line: InputLine): number {
  const { bytesMean, tokensMean, bytesVariance, covariance } = line;
  const tokensPerByte = tokensMean / bytesMean;
  const alike = (ALIKE * bytesMean) ** 2;
  const slope = Math.max(0, (covariance + alike * tokensPerByte) / (bytesVariance + alike));
  const proportional = bytes * tokensPerByte;
  return within(tokensMean + slope * (bytes - bytesMean), proportional);
}

/** The same, so that hardly any body has more. */
export const leanTokens = (bytes: number, line: InputLine): number => expectedTokens(bytes, line) * (1 + LEAN * line.deviation);

/** After one more call; both counts above zero. `calls`: how many taught the line before. */
export function lineAfter(line: InputLine, { bytes, tokens, calls }: { readonly bytes: number; readonly tokens: number; readonly calls: number }): InputLine {
  const weight = Math.max(NEWEST, 1 / (calls + 1));
  const expected = expectedTokens(bytes, line);
  const counted = within(tokens, expected);
  const [farther, more] = [bytes - line.bytesMean, counted - line.tokensMean];
  return {
    bytesMean: line.bytesMean + weight * farther,
    tokensMean: line.tokensMean + weight * more,
    bytesVariance: (1 - weight) * (line.bytesVariance + weight * farther ** 2),
    covariance: (1 - weight) * (line.covariance + weight * farther * more),
    deviation: line.deviation + weight * (Math.min(1, Math.abs(counted / expected - 1)) - line.deviation),
  };
}

const within = (tokens: number, believed: number): number => Math.min(Math.max(tokens, believed / MOST_SURPRISE), believed * MOST_SURPRISE);
