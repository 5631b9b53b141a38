/** B3: what does a stream lose on the way? 200 streams of 50 events a second: every event, its delay, and the time to the first. */
import { durations, failureNotes, summaryOf } from '../load/summary.ts';
import type { Summary } from '../load/summary.ts';
import { quantile, spreadOf } from '../statistics.ts';
import { direct } from '../systems/direct.ts';
import { portkey } from '../systems/portkey.ts';
import { sluice } from '../systems/sluice.ts';
import { showSpread } from '../table.ts';
import { watch } from '../watch.ts';
import type { Usage } from '../watch.ts';
import { inTurn, lineUp, showUsage, UNBOUND } from './line-up.ts';
import type { Contestant } from './line-up.ts';
import type { Bench, Scenario } from './scenario.ts';

const STREAMS = 200;
const EVENTS_PER_SECOND = 50;
/** Streams begin one after another over so long, so that their events do not all fall on the same moments. */
const BEGIN_OVER_MS = 4_000;

interface Round extends Summary {
  readonly firstP50: number;
  readonly firstP99: number;
  readonly eventP50: number;
  readonly eventP99: number;
  readonly eventMax: number;
  readonly events: number;
  readonly expected: number;
  readonly usage: Usage;
}

export const b3: Scenario = {
  question: `B3: ${STREAMS} streams of ${EVENTS_PER_SECOND} events a second`,
  async run(bench) {
    const provider = { limits: [], latencyMs: 50, eventEveryMs: 1000 / EVENTS_PER_SECOND };
    const contestants = await lineUp(bench, { systems: [direct, portkey, sluice], provider, limits: UNBOUND });
    const rounds = bench.options.rounds ?? 5;
    const seconds = bench.options.seconds ?? 15;
    const results = await inTurn(rounds, contestants, (contestant, round) => {
      bench.say(`round ${round + 1} of ${rounds}: ${contestant.name}`);
      return measure(bench, contestant, seconds);
    });
    const line = results.get('direct');
    const notes = [...results].flatMap(([name, measured]) => [...usageNotes(name, measured), ...failureNotes(name, measured)]);
    return {
      table: {
        title: `${b3.question}; ${rounds} rounds of ${seconds} s a stream in turn, median (least–most) of the rounds, milliseconds`,
        columns: ['', 'events', 'event delay p50', 'p99', 'max', 'added p99', 'first event p50', 'p99', 'added p50', 'whole streams'],
        rows: [...results].map(([name, measured]) => rowOf(name, measured, line)),
        notes: [...notes, 'The delay of an event is the time since the provider wrote it. Sluice must deliver every event, add at most 10 at p99 per event, and at most 5 at p50 to the first.'],
      },
      figures: Object.fromEntries(results),
    };
  },
};

async function measure(bench: Bench, { running, provider }: Contestant, seconds: number): Promise<Round> {
  const load = (streams: number, events: number) => bench.generator.run({
    target: running.target, stream: true, patienceMs: 120_000, bodies: { kind: 'bytes', bytes: 1000, outputTokens: events },
    arrivals: { kind: 'open', at: Array.from({ length: streams }, (_, index) => (index * BEGIN_OVER_MS) / STREAMS) },
  });
  await load(STREAMS / 4, EVENTS_PER_SECOND);
  const stop = watch(() => [...running.processes(), ...provider.processes()]);
  bench.toggleProfiles(running.processes());
  const result = await load(STREAMS, EVENTS_PER_SECOND * seconds);
  bench.toggleProfiles(running.processes());
  const usage = stop();
  await provider.reset();
  const first = durations(result, result.firstAt);
  return {
    ...summaryOf(result), usage,
    firstP50: quantile(first, 0.5), firstP99: quantile(first, 0.99),
    eventP50: quantile(result.eventDelays, 0.5), eventP99: quantile(result.eventDelays, 0.99), eventMax: quantile(result.eventDelays, 1),
    events: result.eventDelays.length, expected: STREAMS * EVENTS_PER_SECOND * seconds,
  };
}

function rowOf(name: string, rounds: readonly Round[], line: readonly Round[] | undefined): string[] {
  const spread = (pick: (round: Round) => number) => showSpread(spreadOf(rounds.map(pick)));
  // Held against the direct line of the same round.
  const added = (pick: (round: Round) => number) =>
    (line === undefined || line === rounds ? '' : showSpread(spreadOf(rounds.map((round, index) => pick(round) - (line[index] ? pick(line[index]) : Number.NaN)))));
  const total = (pick: (round: Round) => number) => rounds.reduce((sum, round) => sum + pick(round), 0);
  return [
    name, `${total(({ events }) => events)} of ${total(({ expected }) => expected)}`,
    spread(({ eventP50 }) => eventP50), spread(({ eventP99 }) => eventP99), spread(({ eventMax }) => eventMax), added(({ eventP99 }) => eventP99),
    spread(({ firstP50 }) => firstP50), spread(({ firstP99 }) => firstP99), added(({ firstP50 }) => firstP50),
    `${total(({ answered }) => answered)} of ${total(({ calls }) => calls)}`,
  ];
}

function usageNotes(name: string, rounds: readonly Round[]): string[] {
  const usage = rounds.at(-1)?.usage;
  if (!usage || Object.keys(usage.cores).length === 0) return [];
  return [`${name}: cores ${showUsage(usage.cores, 2, 0.01)}; MB resident ${showUsage(usage.residentMb, 0, 1)}; generator ${rounds.at(-1)?.generatorCores.toFixed(2)} cores`];
}
