/** B0, the headline: twice what the provider allows. Who is answered, and what does the provider see? With `--kill APP`, one process dies in the middle. */
import { evenly } from '../load/arrivals.ts';
import { failureNotes, summaryOf } from '../load/summary.ts';
import type { Summary } from '../load/summary.ts';
import type { App } from '../options.ts';
import type { RunningSystem, System } from '../systems/system.ts';
import { spreadOf } from '../statistics.ts';
import { direct } from '../systems/direct.ts';
import { portkey } from '../systems/portkey.ts';
import { sluice } from '../systems/sluice.ts';
import { showSpread } from '../table.ts';
import { chosen } from './line-up.ts';
import type { Bench, Scenario } from './scenario.ts';

const PER_SECOND = 20;
const SECONDS = 90;
const PATIENCE_MS = 120_000;
const WINDOW_MS = 60_000;
const ALLOWED = 600;

interface Round extends Summary {
  /** By the simulator's own count. */
  readonly refusals: number;
  readonly providerCalls: number;
  /** Of the limit, over the whole windows since the first call; null when the load was shorter than one. */
  readonly used: number | null;
  readonly mostInAnyWindow: number;
}

export const b0: Scenario = {
  question: `B0: ${PER_SECOND * SECONDS} requests at ${PER_SECOND}/s against ${ALLOWED} in any ${WINDOW_MS / 1000} s; clients wait up to ${PATIENCE_MS / 1000} s and try once`,
  async run(bench) {
    const { kill } = bench.options;
    const rounds = bench.options.rounds ?? 1;
    const results = new Map<string, Round[]>();
    for (let round = 0; round < rounds; round++) {
      // With a death in the middle only Sluice has parts that could die apart.
      for (const system of chosen(bench, kill === null ? [direct, portkey, sluice] : [sluice])) {
        bench.say(`round ${round + 1} of ${rounds}: ${system.name}`);
        results.set(system.name, [...(results.get(system.name) ?? []), await measure(bench, system)]);
      }
    }
    return {
      table: {
        title: `${b0.question}${kill === null ? '' : `; kill -9 of the ${kill} in the middle`}${rounds === 1 ? '' : `; ${rounds} rounds, median (least–most)`}`,
        columns: ['', 'answered', 'refusals at the provider', 'limit used %', 'most in any 60 s', 'wait p50 s', 'p99 s'],
        rows: [...results].map(([name, measured]) => rowOf(name, measured)),
        notes: [
          ...[...results].flatMap(([name, measured]) => failureNotes(name, measured)),
          'Refusals and use are the simulator’s own count. Sluice must answer all with 0 refusals and use at least 98 % of the limit.',
        ],
      },
      figures: Object.fromEntries(results),
    };
  },
};

/** Fresh for each round: a window of the last one must not weigh on the next. */
async function measure(bench: Bench, system: System): Promise<Round> {
  const provider = await bench.startProvider({
    limits: [{ dimension: 'requests', amount: ALLOWED, windowMs: WINDOW_MS, window: 'sliding' }], latencyMs: 100, eventEveryMs: 0,
  });
  const running = await bench.startSystem(system, provider, [`requests: ${ALLOWED}, per: ${WINDOW_MS / 1000}s, window: sliding`]);
  const seconds = bench.options.seconds ?? SECONDS;
  const { kill } = bench.options;
  const killer = kill === null ? undefined : setTimeout(() => killApp(bench, running, kill), (seconds * 1000) / 2);
  bench.toggleProfiles(running.processes());
  const result = await bench.generator.run({
    target: running.target, arrivals: { kind: 'open', at: evenly(PER_SECOND, seconds) }, bodies: { kind: 'bytes', bytes: 1000, outputTokens: 40 },
    stream: false, patienceMs: PATIENCE_MS,
  });
  clearTimeout(killer);
  bench.toggleProfiles(running.processes());
  const report = await provider.oracle();
  await running.stop();
  await provider.stop();
  const [limit] = report.limits;
  return {
    ...summaryOf(result), refusals: report.refused, providerCalls: report.calls, used: limit?.utilisation ?? null, mostInAnyWindow: limit?.maxInAnyWindow ?? 0,
  };
}

function killApp(bench: Bench, running: RunningSystem, app: App): void {
  const process_ = running.processes().find(({ name }) => name === app);
  if (!process_) throw new Error(`no process of ${app} is running`);
  bench.say(`kill -9 of the ${app}, process ${process_.pid}`);
  process.kill(process_.pid, 'SIGKILL');
}

function rowOf(name: string, rounds: readonly Round[]): string[] {
  const spread = (pick: (round: Round) => number, digits: number) => showSpread(spreadOf(rounds.map(pick)), digits);
  return [
    name, `${spread(({ answered }) => answered, 0)} of ${rounds[0]?.calls ?? 0}`, spread(({ refusals }) => refusals, 0),
    spread(({ used }) => (used ?? Number.NaN) * 100, 1), spread(({ mostInAnyWindow }) => mostInAnyWindow, 0),
    spread(({ p50 }) => p50 / 1000, 2), spread(({ p99 }) => p99 / 1000, 2),
  ];
}
