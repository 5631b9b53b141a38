/** What is expected of a call before it is made: as the apps estimate it, learning from each settled call, or exactly. */
import type { Learned } from '@sluice/domain';
import { estimate, learn } from '@sluice/scheduling';
import type { TraceRow } from '@sluice/testkit';
import { type Random, randomFrom } from './random.ts';

export interface Expected {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly bodyBytes: number;
}

export interface Told {
  readonly bodyBytes: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

export interface Estimator {
  expect(row: TraceRow): Expected;
  /** What the provider said of a call that has ended. */
  hear(told: Told): void;
}

export interface Bodies {
  /** Bytes of a body for each of its tokens, at a time of the trace; the estimator has to find it out. */
  bytesPerToken(atMs: number): number;
  readonly seed: number;
}

/** English prose and JSON, roughly. */
export const BYTES_PER_TOKEN = 4;
/** A body has up to this share more or fewer bytes a token than the average. */
const SCATTER = 0.1;

/** Knows the future: to tell what a policy is worth apart from its estimates. */
export const exactEstimator = (): Estimator => ({
  expect: ({ inputTokens, outputTokens }) => ({ inputTokens, outputTokens, bodyBytes: 0 }),
  hear() {}, // nothing left to learn
});

/** The estimator of the apps, on bodies of a plausible number of bytes. */
export function learningEstimator({ bytesPerToken, seed }: Bodies): Estimator {
  const random: Random = randomFrom(seed);
  let learned: Learned | undefined;
  return {
    expect({ atMs, inputTokens }) {
      const bodyBytes = Math.ceil(inputTokens * bytesPerToken(atMs) * (1 - SCATTER + 2 * SCATTER * random()));
      const expected = estimate({ bodyBytes, maximumOutputTokens: null, choices: 1 }, learned);
      return { inputTokens: expected.inputTokens, outputTokens: expected.outputTokens, bodyBytes };
    },
    hear(told) {
      learned = learn(learned, told);
    },
  };
}
