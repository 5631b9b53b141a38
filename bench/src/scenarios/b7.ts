/** B7: what if calls take far more or less than is believed at first? On the virtual clock. */
import type { TraceRow } from '@sluice/testkit';
import { openTrace } from '../sim/arrivals/open-trace.ts';
import { learningEstimator } from '../sim/estimates.ts';
import { DEFAULT } from '../sim/line-up.ts';
import { utilisationOf } from '../sim/measured.ts';
import { parseOptions } from '../sim/options.ts';
import { planScenario } from '../sim/plan.ts';
import type { Scenario as Simulated } from '../sim/scenario.ts';
import { percent } from '../sim/show.ts';
import { simulate } from '../sim/simulate.ts';
import type { Scenario } from './scenario.ts';

/** What the estimator believes of bytes before it has seen a call; output it believes to be 300 tokens, about twice the trace's. */
const BELIEVED_BYTES_PER_TOKEN = 3.5;
const LEARNT_MS = 60_000;
const LENGTH_MS = 1_800_000;

interface Case {
  readonly name: string;
  /** Actual tokens for each that is believed, over the run (0 to 1). */
  readonly factorAt: (progress: number) => number;
  readonly tellsUsage: boolean;
}

const CASES: readonly Case[] = [
  { name: 'a tenth', factorAt: () => 0.1, tellsUsage: true },
  { name: 'as believed', factorAt: () => 1, tellsUsage: true },
  { name: 'five times as much', factorAt: () => 5, tellsUsage: true },
  { name: 'usage never told', factorAt: () => 1, tellsUsage: false },
  { name: 'drifting from half to three times', factorAt: (progress) => 0.5 + 2.5 * progress, tellsUsage: true },
];

export const b7: Scenario = {
  question: 'B7: calls take more or less than is believed at first, or nobody says how much (simulated, Poisson arrivals over an endless batch)',
  async run() {
    const results = CASES.map((one) => ({ name: one.name, ...measure(one) }));
    return {
      table: {
        title: b7.question,
        columns: ['actual tokens', 'refusals', 'in the first minute', 'used % after it'],
        rows: results.map(({ name, refusals, early, utilisation }) => [name, String(refusals), String(early), percent(utilisation)]),
        notes: ['Must: no refusals, and at least 90 % of the limit used after one minute of learning.'],
      },
      figures: results,
    };
  },
};

function measure(one: Case): { readonly refusals: number; readonly early: number; readonly utilisation: number } {
  const scenario = scenarioOf(one);
  const refusedAt: number[] = [];
  const watched = { name: DEFAULT.name, start: (terms: Parameters<typeof DEFAULT.start>[0]) => {
    const chooser = DEFAULT.start(terms);
    return { choose: (...asked: Parameters<typeof chooser.choose>) => {
      for (const { kind } of asked[0]) if (kind === 'refused') refusedAt.push(asked[1]);
      return chooser.choose(...asked);
    } };
  } };
  const { refusals, uses, lengthMs } = simulate(scenario, watched);
  const early = refusedAt.filter((at) => at < LEARNT_MS).length;
  return { refusals, early, utilisation: Math.max(...uses.map((use) => utilisationOf(use, lengthMs, LEARNT_MS))) };
}

/** Bytes stay what they are, tokens are more or fewer: of both what arrives and what is produced. */
function scenarioOf({ factorAt, tellsUsage }: Case): Simulated {
  const options = parseOptions(['--trace', 'synthetic:poisson']);
  const trace = openTrace('synthetic:poisson', options.seed);
  const rows = trace.rows.map((row): TraceRow => ({ ...row, outputTokens: Math.ceil(row.outputTokens * factorAt(row.atMs / LENGTH_MS)) }));
  return {
    ...planScenario(options, [{ ...trace, rows }]), tellsUsage,
    estimator: () => learningEstimator({ bytesPerToken: (atMs) => BELIEVED_BYTES_PER_TOKEN / factorAt(atMs / LENGTH_MS), seed: options.seed }),
  };
}
