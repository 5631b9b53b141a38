/** B2: how many requests a second pass through, and what does each process use for it? Upstream answers at once. */
import { failureNotes, summaryOf } from '../load/summary.ts';
import type { Summary } from '../load/summary.ts';
import { spreadOf } from '../statistics.ts';
import { direct } from '../systems/direct.ts';
import { portkey } from '../systems/portkey.ts';
import { sluice } from '../systems/sluice.ts';
import { showSpread } from '../table.ts';
import { watch } from '../watch.ts';
import type { Usage } from '../watch.ts';
import { inTurn, lineUp, showUsage, UNBOUND } from './line-up.ts';
import type { Contestant } from './line-up.ts';
import type { Bench, Scenario } from './scenario.ts';

const IN_FLIGHT = [16, 64] as const;
const WARM_UP_SECONDS = 3;
const IDLE_MS = 5_000;

interface Round extends Summary {
  readonly perSecond: number;
  readonly usage: Usage;
}

export const b2: Scenario = {
  question: 'B2: sustained throughput with an instant upstream',
  async run(bench) {
    const contestants = await lineUp(bench, { systems: [direct, portkey, sluice], provider: { limits: [], latencyMs: 0, eventEveryMs: 0 }, limits: UNBOUND });
    const rounds = bench.options.rounds ?? 5;
    const seconds = bench.options.seconds ?? 10;
    const idle = await idleUsage(contestants);
    const rows: string[][] = [];
    const notes: string[] = [];
    const figures: Record<string, unknown> = { idle: Object.fromEntries(idle) };
    for (const inFlight of IN_FLIGHT) {
      const results = await inTurn(rounds, contestants, (contestant, round) => {
        bench.say(`${inFlight} in flight, round ${round + 1} of ${rounds}: ${contestant.name}`);
        return measure(bench, contestant, { inFlight, seconds });
      });
      figures[`${inFlight} in flight`] = Object.fromEntries(results);
      for (const [name, measured] of results) {
        rows.push(rowOf(`${inFlight} in flight ${name}`, measured));
        notes.push(...usageNotes(`${inFlight} in flight ${name}`, measured), ...failureNotes(`${inFlight} in flight ${name}`, measured));
      }
    }
    for (const [name, usage] of idle) {
      if (Object.keys(usage.residentMb).length > 0) notes.push(`idle ${name}: MB resident ${showUsage(usage.residentMb, 0, 1)}; cores ${showUsage(usage.cores, 3, 0.001) || 'none'}`);
    }
    return {
      table: {
        title: `${b2.question}; ${rounds} rounds of ${seconds} s in turn, median (least–most) of the rounds`,
        columns: ['', 'requests/s', 'p50 ms', 'p99 ms', 'answered'], rows,
        notes: [...notes, 'All share one machine, the load generator and the provider included. Sluice must reach 600 requests/s at 64 in flight; its goal is the peer’s figure, then 2,000.'],
      },
      figures,
    };
  },
};

async function idleUsage(contestants: readonly Contestant[]): Promise<ReadonlyMap<string, Usage>> {
  const stops = contestants.map(({ name, running }) => [name, watch(() => running.processes())] as const);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  return new Map(stops.map(([name, stop]) => [name, stop()]));
}

async function measure(bench: Bench, { running, provider }: Contestant, { inFlight, seconds }: { readonly inFlight: number; readonly seconds: number }): Promise<Round> {
  const load = (forMs: number) => bench.generator.run({
    target: running.target, arrivals: { kind: 'closed', inFlight, forMs }, bodies: { kind: 'bytes', bytes: 1000, outputTokens: 40 }, stream: false, patienceMs: 30_000,
  });
  await load(WARM_UP_SECONDS * 1000);
  const stop = watch(() => [...running.processes(), ...provider.processes()]);
  bench.toggleProfiles(running.processes());
  const result = await load(seconds * 1000);
  bench.toggleProfiles(running.processes());
  const usage = stop();
  await provider.reset();
  const summary = summaryOf(result);
  return { ...summary, perSecond: (summary.answered * 1000) / result.wallMs, usage };
}

function rowOf(label: string, rounds: readonly Round[]): string[] {
  const spread = (pick: (round: Round) => number, digits: number) => showSpread(spreadOf(rounds.map(pick)), digits);
  const total = (pick: (round: Round) => number) => rounds.reduce((sum, round) => sum + pick(round), 0);
  return [label, spread(({ perSecond }) => perSecond, 0), spread(({ p50 }) => p50, 1), spread(({ p99 }) => p99, 1), `${total(({ answered }) => answered)} of ${total(({ calls }) => calls)}`];
}

/** Of the round in the middle: the one whose throughput the table shows. */
function usageNotes(label: string, rounds: readonly Round[]): string[] {
  const middle = [...rounds].sort((a, b) => a.perSecond - b.perSecond)[rounds.length >> 1];
  if (!middle || Object.keys(middle.usage.cores).length === 0) return [];
  return [`${label}: cores ${showUsage(middle.usage.cores, 2, 0.01)}; MB resident ${showUsage(middle.usage.residentMb, 0, 1)}; generator ${middle.generatorCores.toFixed(2)} cores`];
}
