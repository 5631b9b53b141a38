/** Slow readers: 100 clients stop reading long streams. What piles up must not pile up in ingress. */
import { sluice } from '../systems/sluice.ts';
import { direct } from '../systems/direct.ts';
import type { System } from '../systems/system.ts';
import { watch } from '../watch.ts';
import type { Usage } from '../watch.ts';
import type { StalledResult } from '../load/plan.ts';
import { chosen, showUsage, UNBOUND } from './line-up.ts';
import type { Bench, Scenario } from './scenario.ts';

const STREAMS = 100;
/** About 5 MB a stream; the two sockets to a client that does not read take in 4, so that the rest has to be somewhere. */
const EVENTS = 15_000;
const STALLED_SECONDS = 30;
const SETTLE_MS = 3_000;

interface Stalled extends StalledResult {
  readonly before: Usage['residentMb'];
  readonly during: Usage['residentMb'];
}

export const slowReaders: Scenario = {
  question: `slow readers: ${STREAMS} clients stop reading streams of ${EVENTS} events for a while`,
  async run(bench) {
    const results = new Map<string, Stalled>();
    for (const system of chosen(bench, [direct, sluice])) {
      bench.say(system.name);
      results.set(system.name, await measure(bench, system));
    }
    return {
      table: {
        title: slowReaders.question,
        columns: ['', 'begun', 'whole', 'ended with an error', 'broken', 'MB read', 'ingress MB before', 'most', 'growth'],
        rows: [...results].map(([name, stalled]) => rowOf(name, stalled)),
        notes: [
          ...[...results].filter(([, { during }]) => Object.keys(during).length > 0).map(([name, { during }]) => `${name}: most MB resident ${showUsage(during, 0, 1)}`),
          'A slow reader may be cut off with an error, never silently. Ingress must grow by at most 50 MB.',
        ],
      },
      figures: Object.fromEntries(results),
    };
  },
};

async function measure(bench: Bench, system: System): Promise<Stalled> {
  const provider = await bench.startProvider({ limits: [], latencyMs: 0, eventEveryMs: 0 });
  const running = await bench.startSystem(system, provider, UNBOUND);
  const stalled = (events: number, forMs: number, whileStalled: () => Promise<void>) => bench.generator.runStalled(
    { target: running.target, streams: STREAMS, outputTokens: events, stalledMs: forMs, patienceMs: 300_000 }, whileStalled,
  );
  // As many streams, short and read at once: what they leave behind is not the slow readers' doing.
  bench.say(`${system.name}: warming up`);
  await stalled(EVENTS / 20, 0, async () => {});
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = watch(() => running.processes())().residentMb;
  const stop = watch(() => running.processes());
  const forMs = (bench.options.seconds ?? STALLED_SECONDS) * 1000;
  let during: Usage['residentMb'] = {};
  const result = await stalled(EVENTS, forMs, async () => {
    bench.say(`${system.name}: nobody reads`);
    await new Promise((resolve) => setTimeout(resolve, forMs - 500));
    during = stop().residentMb;
    bench.say(`${system.name}: reading on`);
  });
  await running.stop();
  await provider.stop();
  return { ...result, before, during };
}

function rowOf(name: string, { before, during, begun, whole, withError, broken, bytes }: Stalled): string[] {
  const from = before['ingress'] ?? Number.NaN;
  const most = during['ingress'] ?? Number.NaN;
  const show = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(0));
  return [name, String(begun), String(whole), String(withError), String(broken), (bytes / 1e6).toFixed(0), show(from), show(most), show(most - from)];
}
