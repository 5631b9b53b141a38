/**
 * Arrivals that nobody recorded: half an hour each, about six requests a second, the same for the same seed. Each stresses
 * another part of a policy.
 */
import type { TraceRow } from '@sluice/testkit';
import { exponential, logNormal, randomFrom, type Random } from '../random.ts';

const LENGTH_MS = 1_800_000;
/** Requests a second on average. */
const RATE = 6;
const MEAN_GAP_MS = 1_000 / RATE;

/** Bursts at 4.4 times the mean, 30 s long on average, 15 % of the time; the calm between makes up the mean. */
const BURST = { times: 4.4, share: 0.15, lengthMs: 30_000 };
const CALM_TIMES = (1 - BURST.times * BURST.share) / (1 - BURST.share);
/** A day, shortened: the rate swings between 0.2 and 1.8 of its mean. */
const DAY = { lengthMs: 600_000, swing: 0.8 };
/** Some agents wake together: large requests, at one instant. */
const VOLLEY = { everyMs: 3_000, most: 5, inputTokens: 11_500, outputTokens: 500 };
/** Sizes without a scale: one request may be worth a hundred. */
const HEAVY = { leastTokens: 250, power: 1.2, mostTokens: 60_000 };

export const SYNTHETIC = ['poisson', 'bursty', 'diurnal', 'volleys', 'heavy'] as const;
export type Synthetic = (typeof SYNTHETIC)[number];

/** Rows in order of time. */
export function synthesize(kind: Synthetic, seed: number): readonly TraceRow[] {
  const random = randomFrom(seed);
  switch (kind) {
    case 'poisson': return modulated(random, () => 1, ordinary);
    case 'bursty': return modulated(random, bursts(random), ordinary);
    case 'diurnal':
      return modulated(random, (atMs) => 1 - DAY.swing * Math.cos((2 * Math.PI * atMs) / DAY.lengthMs), ordinary);
    case 'heavy': return modulated(random, () => 1, heavy);
    case 'volleys': return volleys(random);
    default: return kind satisfies never;
  }
}

type Size = (random: Random) => Pick<TraceRow, 'inputTokens' | 'outputTokens'>;

const ordinary: Size = (random) => ({
  inputTokens: Math.ceil(logNormal(random, 800, 0.8)),
  outputTokens: Math.ceil(logNormal(random, 150, 0.7)),
});

/** Pareto input by inversion, cut at what a context holds. */
const heavy: Size = (random) => ({
  inputTokens: Math.min(HEAVY.mostTokens, Math.ceil(HEAVY.leastTokens * (1 - random()) ** (-1 / HEAVY.power))),
  outputTokens: Math.ceil(logNormal(random, 150, 0.7)),
});

/** A Poisson process whose rate moves: gaps are drawn at the highest rate and thinned to the present one. */
function modulated(random: Random, timesAt: (atMs: number) => number, size: Size): readonly TraceRow[] {
  const rows: TraceRow[] = [];
  const most = Math.max(BURST.times, 1 + DAY.swing);
  for (let atMs = exponential(random, MEAN_GAP_MS / most); atMs < LENGTH_MS; atMs += exponential(random, MEAN_GAP_MS / most)) {
    if (random() * most < timesAt(atMs)) rows.push({ atMs, ...size(random) });
  }
  return rows;
}

/** Whether it bursts now; asked for ascending times. */
function bursts(random: Random): (atMs: number) => number {
  const calmMs = (BURST.lengthMs * (1 - BURST.share)) / BURST.share;
  let bursting = false;
  let until = exponential(random, calmMs);
  return (atMs) => {
    while (until <= atMs) {
      bursting = !bursting;
      until += exponential(random, bursting ? BURST.lengthMs : calmMs);
    }
    return bursting ? BURST.times : CALM_TIMES;
  };
}

function volleys(random: Random): readonly TraceRow[] {
  const rows: TraceRow[] = [];
  for (let atMs = 0; atMs < LENGTH_MS; atMs += VOLLEY.everyMs) {
    const { inputTokens, outputTokens } = VOLLEY;
    for (let left = 1 + Math.floor(random() * VOLLEY.most); left > 0; left -= 1) rows.push({ atMs, inputTokens, outputTokens });
  }
  return rows;
}
