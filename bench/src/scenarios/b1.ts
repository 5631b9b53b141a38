/** B1: what does a call cost that nothing holds back? Latency over the direct line, 1 kB bodies, an upstream of 50 ms. */
import { evenly } from '../load/arrivals.ts';
import { failureNotes, summaryOf } from '../load/summary.ts';
import type { Summary } from '../load/summary.ts';
import { spreadOf } from '../statistics.ts';
import { direct } from '../systems/direct.ts';
import { portkey } from '../systems/portkey.ts';
import { sluice } from '../systems/sluice.ts';
import { showSpread } from '../table.ts';
import { inTurn, lineUp, UNBOUND } from './line-up.ts';
import type { Contestant } from './line-up.ts';
import type { Bench, Scenario } from './scenario.ts';

const RATES = [50, 200] as const;
const WARM_UP_SECONDS = 2;

export const b1: Scenario = {
  question: 'B1: latency added to a call that nothing holds back (1 kB, upstream 50 ms)',
  async run(bench) {
    const contestants = await lineUp(bench, { systems: [direct, portkey, sluice], provider: { limits: [], latencyMs: 50, eventEveryMs: 0 }, limits: UNBOUND });
    const rounds = bench.options.rounds ?? 5;
    const seconds = bench.options.seconds ?? 10;
    const rows: string[][] = [];
    const notes: string[] = [];
    const figures: Record<string, unknown> = {};
    for (const rate of RATES) {
      const results = await inTurn(rounds, contestants, (contestant, round) => {
        bench.say(`${rate}/s, round ${round + 1} of ${rounds}: ${contestant.name}`);
        return measure(bench, contestant, { rate, seconds });
      });
      figures[`${rate}/s`] = Object.fromEntries(results);
      for (const [name, summaries] of results) {
        rows.push(rowOf(`${rate}/s ${name}`, summaries, results.get('direct')));
        notes.push(...failureNotes(`${rate}/s ${name}`, summaries));
      }
    }
    return {
      table: {
        title: `${b1.question}; ${rounds} rounds of ${seconds} s in turn, median (least–most) of the rounds, milliseconds`,
        columns: ['', 'p50', 'p99', 'added p50', 'added p99', 'answered'], rows,
        notes: [...notes, 'Latency counts from the scheduled send. Sluice must add at most 5 at p50 and 20 at p99; its goal is 2 and 6.'],
      },
      figures,
    };
  },
};

async function measure(bench: Bench, { running, provider }: Contestant, { rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<Summary> {
  const load = (forSeconds: number) => bench.generator.run({
    target: running.target, arrivals: { kind: 'open', at: evenly(rate, forSeconds) }, bodies: { kind: 'bytes', bytes: 1000, outputTokens: 40 },
    stream: false, patienceMs: 30_000,
  });
  await load(WARM_UP_SECONDS);
  bench.toggleProfiles(running.processes());
  const summary = summaryOf(await load(seconds));
  bench.toggleProfiles(running.processes());
  await provider.reset();
  return summary;
}

function rowOf(label: string, summaries: readonly Summary[], line: readonly Summary[] | undefined): string[] {
  const spread = (pick: (summary: Summary) => number) => showSpread(spreadOf(summaries.map(pick)));
  // Held against the direct line of the same round.
  const added = (pick: (summary: Summary) => number) =>
    (line === undefined || line === summaries ? '' : showSpread(spreadOf(summaries.map((summary, round) => pick(summary) - (line[round] ? pick(line[round]) : Number.NaN)))));
  const answered = summaries.reduce((total, summary) => total + summary.answered, 0);
  const calls = summaries.reduce((total, summary) => total + summary.calls, 0);
  return [label, spread(({ p50 }) => p50), spread(({ p99 }) => p99), added(({ p50 }) => p50), added(({ p99 }) => p99), `${answered} of ${calls}`];
}
