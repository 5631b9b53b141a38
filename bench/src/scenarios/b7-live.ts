/** B7 of the whole system, in real time: what if estimates are off? Answers of a tenth, of once and of five times what is expected at first, usage missing, and drift. */
import type { ProviderOptions } from '../provider/provider.ts';
import { casesOf, overload, percent, type Limit } from './overload.ts';
import type { Tokens } from '../load/plan.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 180;
const LEARNING_MS = 60_000;
const WINDOW_MS = 20_000;
const PER_SECOND = 30;
const INPUT = 100;
/** What is set aside for an answer of a route that nothing is known of, tokens. */
const EXPECTED = 684;

interface Case {
  readonly name: string;
  /** Output tokens at a part of the run, from 0 to 1. */
  readonly outputAt: (part: number) => number;
  readonly script?: NonNullable<ProviderOptions['script']>;
}

const CASES: readonly Case[] = [
  { name: 'tenth', outputAt: () => EXPECTED / 10 },
  { name: 'once', outputAt: () => EXPECTED },
  { name: 'five-times', outputAt: () => EXPECTED * 5 },
  { name: 'no-usage', outputAt: () => EXPECTED / 2, script: [{ when: {}, fault: { kind: 'usage', usage: null } }] },
  { name: 'drift', outputAt: (part) => 100 + part * 1_500 },
];

export const b7Live: Scenario = {
  question: 'B7, live: tokens a minute under backlog when answers are not as long as expected and requests state no maximum',
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const countFromMs = Math.min(LEARNING_MS, (seconds * 1000) / 2);
    const rows: string[][] = [];
    const figures: Record<string, unknown> = {};
    for (const { name, outputAt, script } of casesOf(bench, CASES)) {
      bench.say(`${name}, ${seconds} s`);
      const calls = PER_SECOND * seconds;
      const each = Array.from({ length: calls }, (_, index): Tokens => ({ input: INPUT, output: Math.round(outputAt(index / calls)) }));
      const mean = each.reduce((sum, { input, output }) => sum + input + output, 0) / calls;
      const limits: readonly Limit[] = [
        { dimension: 'total_tokens', amount: Math.round((mean * (PER_SECOND / 3) * WINDOW_MS) / 1000), windowMs: WINDOW_MS, window: 'sliding' },
      ];
      const order = { provider: { limits, latencyMs: 500, counting: 'as_produced' as const, ...(script && { script }) }, perSecond: PER_SECOND, seconds, countFromMs };
      const { summary, report } = await overload(bench, { ...order, bodies: { kind: 'tokens', each, stated: false } }, async (_provider, result) => result);
      figures[name] = { summary, report };
      const [limit] = report.limits;
      rows.push([name, String(report.refused), percent(limit?.utilisation), String(limit?.windows ?? ''), percent(limit && limit.maxInAnyWindow / limit.amount), String(summary.answered)]);
    }
    return {
      table: {
        title: `${b7Live.question}; ${seconds} s each, use counted from second ${countFromMs / 1000} on`,
        columns: ['', 'refusals at the provider', 'limit used %', 'windows', 'most in any %', 'answered'], rows,
        notes: ['Refusals and use are the simulator’s own count. There must be no refusal, and at least 90 % used after a minute of learning.'],
      },
      figures,
    };
  },
};
