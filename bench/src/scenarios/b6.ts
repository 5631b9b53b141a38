/** B6: do nine quiet tenants notice a tenth that asks for a hundred times as much? On the virtual clock. */
import type { Priority } from '@sluice/domain';
import type { TraceRow } from '@sluice/testkit';
import { BYTES_PER_TOKEN, learningEstimator } from '../sim/estimates.ts';
import { BASELINES, DEFAULT } from '../sim/line-up.ts';
import type { Measured } from '../sim/measured.ts';
import type { Policy } from '../sim/policy.ts';
import { exponential, logNormal, randomFrom } from '../sim/random.ts';
import type { Scenario as Simulated, Stream } from '../sim/scenario.ts';
import { seconds } from '../sim/show.ts';
import { simulate } from '../sim/simulate.ts';
import { quantile, sum } from '../statistics.ts';
import type { Scenario } from './scenario.ts';

const QUIET = 9;
/** A quiet tenant asks this often. */
const EVERY_MS = 2_000;
const TIMES = 100;
const LENGTH_MS = 600_000;
/** Of what the quiet ones ask for together: they wait a little even alone. */
const ROOM = 1.15;
const NOISY = 'noisy';
const PRIORITY: Priority = { name: 'normal', rank: 0, reserved: 20, ceiling: 100, agesAfterMs: null };

interface Row {
  readonly policy: string;
  readonly quietP99Ms: number;
  readonly aloneP99Ms: number;
  readonly noisyServed: number;
  /** In calls of the largest size. */
  readonly serviceGap: number;
}

export const b6: Scenario = {
  question: `B6: nine quiet tenants beside one that asks for ${TIMES} times as much as each (simulated)`,
  async run() {
    const quiet = Array.from({ length: QUIET }, (_, index): Stream => streamOf(`quiet ${index + 1}`, EVERY_MS, index));
    const noisy = streamOf(NOISY, EVERY_MS / TIMES, QUIET);
    const amount = Math.round((ROOM * 60_000 * sum(quiet.flatMap(({ rows }) => rows.map(sizeOf)))) / LENGTH_MS);
    const rows = [DEFAULT, ...Object.values(BASELINES).filter(({ name }) => name === 'fifo')].map((policy) => rowOf(policy, { quiet, noisy, amount }));
    return {
      table: {
        title: `${b6.question}; ${amount} tokens in any 60 s`,
        columns: ['', 'quiet p99 s', 'alone s', 'times alone', 'noisy served', 'service gap'],
        rows: rows.map(({ policy, quietP99Ms, aloneP99Ms, noisyServed, serviceGap }) => [
          policy, seconds(quietP99Ms), seconds(aloneP99Ms), (quietP99Ms / aloneP99Ms).toFixed(2), String(noisyServed), serviceGap.toFixed(2),
        ]),
        notes: ['Must: quiet tenants wait at most twice as long as without the noisy one; the gap of service between tenants that wait together is at most 2 calls of the largest size.'],
      },
      figures: rows,
    };
  },
};

interface Tenants {
  readonly quiet: readonly Stream[];
  readonly noisy: Stream;
  readonly amount: number;
}

function rowOf(policy: Policy, { quiet, noisy, amount }: Tenants): Row {
  const alone = simulate(scenarioOf(quiet, amount), policy);
  const together = simulate(scenarioOf([...quiet, noisy], amount), policy);
  return {
    policy: policy.name, quietP99Ms: quietP99(together), aloneP99Ms: quietP99(alone), serviceGap: together.serviceGap,
    noisyServed: together.priorities[0]?.tenants.filter((tenant) => tenant === NOISY).length ?? 0,
  };
}

function streamOf(tenant: string, everyMs: number, seed: number): Stream {
  const random = randomFrom(seed + 1);
  const rows: TraceRow[] = [];
  for (let atMs = exponential(random, everyMs); atMs < LENGTH_MS; atMs += exponential(random, everyMs)) {
    rows.push({ atMs, inputTokens: Math.ceil(logNormal(random, 800, 0.6)), outputTokens: Math.ceil(logNormal(random, 150, 0.6)) });
  }
  return { rows, priority: PRIORITY, tenant, weight: 1 };
}

/** What the noisy tenant cannot get in the time of the run expires, so that the run ends. */
const scenarioOf = (streams: readonly Stream[], amount: number): Simulated => ({
  limits: [{ dimension: 'total_tokens', amount, windowMs: 60_000, window: 'sliding' }],
  counting: 'as_produced', priorities: [PRIORITY], streams, fill: null,
  calls: { pickupMs: 2, guardMs: 20, latencyMs: 50, tokenMs: 1 },
  estimator: () => learningEstimator({ bytesPerToken: () => BYTES_PER_TOKEN, seed: 1 }), tellsUsage: true, deadlineMs: LENGTH_MS, seed: 1,
});

const quietP99 = ({ priorities }: Measured): number =>
  quantile(priorities.flatMap(({ waits, tenants }) => waits.filter((_, index) => tenants[index] !== NOISY)), 0.99);
const sizeOf = ({ inputTokens, outputTokens }: TraceRow): number => inputTokens + outputTokens;
