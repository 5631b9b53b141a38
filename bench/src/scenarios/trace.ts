/** A real trace at twice what the provider allows in tokens: nothing refused, nothing wasted, everyone answered in time? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrace, sharedFolder } from '@sluice/testkit';
import { compressed } from '../load/arrivals.ts';
import { LEAST_INPUT_TOKENS } from '../load/body.ts';
import type { Tokens } from '../load/plan.ts';
import { failureNotes, refusalNotes, summaryOf } from '../load/summary.ts';
import { sum } from '../statistics.ts';
import { direct } from '../systems/direct.ts';
import { sluice } from '../systems/sluice.ts';
import type { System } from '../systems/system.ts';
import { chosen } from './line-up.ts';
import type { Bench, Scenario } from './scenario.ts';

const FILE = 'traces/azure-llm-2023-conversation.csv';
const REQUESTS = 2_000;
const SPAN_SECONDS = 180;
const WINDOW_MS = 60_000;
const REQUESTS_PER_MINUTE = 600;
/** Of what the trace asks for, the provider allows this share. */
const ALLOWED_SHARE = 0.5;
/** Longer than the default hold of four minutes: who is not answered was refused by the system, not forgotten by its client. */
const PATIENCE_MS = 300_000;

interface Trace {
  readonly at: readonly number[];
  readonly each: readonly Tokens[];
  readonly tokensPerMinute: number;
}

export const trace: Scenario = {
  question: `trace: ${REQUESTS} requests of a production trace within ${SPAN_SECONDS} s, at twice the provider's tokens a minute`,
  async run(bench) {
    const seconds = bench.options.seconds ?? SPAN_SECONDS;
    const load = readLoad(seconds);
    const results: { readonly name: string; readonly measured: Awaited<ReturnType<typeof measure>> }[] = [];
    for (const system of chosen(bench, [sluice, direct])) {
      bench.say(`${system.name}: ${load.at.length} requests in ${seconds} s, ${load.tokensPerMinute} tokens a minute allowed`);
      results.push({ name: system.name, measured: await measure(bench, system, load) });
    }
    return {
      table: {
        title: `${trace.question} (${load.tokensPerMinute} tokens and ${REQUESTS_PER_MINUTE} requests in any 60 s)`,
        columns: ['', 'answered', 'refusals at the provider', 'tokens used %', 'over windows', 'most in any 60 s %', 'wait p50 s', 'p99 s', 'max s'],
        rows: results.map(({ name, measured: { summary, report, tokens } }) => [
          name, `${summary.answered} of ${summary.calls}`, String(report.refused), percent(tokens?.utilisation), String(tokens?.windows ?? ''),
          percent(tokens === undefined ? undefined : tokens.maxInAnyWindow / tokens.amount),
          (summary.p50 / 1000).toFixed(1), (summary.p99 / 1000).toFixed(1), (summary.max / 1000).toFixed(1),
        ]),
        notes: [
          ...results.flatMap(({ name, measured }) => [...failureNotes(name, [measured.summary]), ...refusalNotes(name, measured.report.refusals)]),
          'Refusals and use are the simulator’s own count, use over the whole windows since the first call. Sluice must be refused nothing, use at least 95 %, and answer every request.',
        ],
      },
      figures: Object.fromEntries(results.map(({ name, measured }) => [name, measured])),
    };
  },
};

/** The first requests of the trace; with fewer seconds fewer of them, so that the demand stays what it is. */
function readLoad(seconds: number): Trace {
  const rows = readTrace(readFileSync(join(sharedFolder(), FILE), 'utf8')).slice(0, Math.round((REQUESTS * seconds) / SPAN_SECONDS));
  const each = rows.map((row) => ({ input: Math.max(LEAST_INPUT_TOKENS, row.inputTokens), output: Math.max(1, row.outputTokens) }));
  const demand = sum(each.map(({ input, output }) => input + output));
  const perMinute = (demand / (seconds * 1000)) * WINDOW_MS;
  return { at: compressed(rows.map((row) => row.atMs), seconds * 1000), each, tokensPerMinute: Math.round(perMinute * ALLOWED_SHARE) };
}

async function measure(bench: Bench, system: System, load: Trace) {
  const limit = (dimension: 'requests' | 'total_tokens', amount: number) => ({ dimension, amount, windowMs: WINDOW_MS, window: 'sliding' as const });
  const provider = await bench.startProvider({
    limits: [limit('requests', REQUESTS_PER_MINUTE), limit('total_tokens', load.tokensPerMinute)], latencyMs: 200, eventEveryMs: 0,
  });
  const running = await bench.startSystem(system, provider, [
    `requests: ${REQUESTS_PER_MINUTE}, per: ${WINDOW_MS / 1000}s, window: sliding`, `total_tokens: ${load.tokensPerMinute}, per: ${WINDOW_MS / 1000}s, window: sliding`,
  ]);
  bench.toggleProfiles(running.processes());
  const result = await bench.generator.run({
    target: running.target, arrivals: { kind: 'open', at: load.at }, bodies: { kind: 'tokens', each: load.each }, stream: false, patienceMs: PATIENCE_MS,
  });
  bench.toggleProfiles(running.processes());
  const report = await provider.oracle();
  await running.stop();
  await provider.stop();
  return { summary: summaryOf(result), report, tokens: report.limits.find(({ dimension }) => dimension === 'total_tokens') };
}

const percent = (share: number | null | undefined): string => (share === null || share === undefined ? '' : (share * 100).toFixed(1));
