/** B4: is admission exact? Three times the load, whatever the provider counts and however its windows go. */
import { bestUse, casesOf, overload, percent, type Limit } from './overload.ts';
import type { Bodies } from '../load/plan.ts';
import type { Bench, Scenario } from './scenario.ts';

const SECONDS = 300;
const WINDOW_MS = 60_000;
/** A run that is too short for whole minutes gets windows of this. */
const SHORT_WINDOW_MS = 10_000;
const REQUESTS_PER_SECOND = 10;
/** Of a call: input dominates. */
const TOKENS = { input: 900, output: 100 } as const;
const LATENCY_MS = 200;

type Bound = 'requests' | 'tokens' | 'both';
type Model = 'sliding' | 'fixed' | 'bucket' | 'paced';

interface Case {
  readonly name: string;
  readonly bound: Bound;
  readonly model: Model;
}

const CASES: readonly Case[] = (['requests', 'tokens', 'both'] as const).flatMap((bound) =>
  (['sliding', 'fixed', 'bucket', 'paced'] as const).map((model) => ({ name: `${bound}-${model}`, bound, model })));

export const b4: Scenario = {
  question: 'B4: three times the load against limits on requests, tokens and both, in windows that slide, are aligned, refill, are paced',
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const windowMs = seconds * 1000 >= 2 * WINDOW_MS ? WINDOW_MS : SHORT_WINDOW_MS;
    const rows: string[][] = [];
    const figures: Record<string, unknown> = {};
    for (const one of casesOf(bench, CASES)) {
      bench.say(`${one.name}, ${seconds} s`);
      const limits = limitsOf(one, windowMs);
      const { summary, report } = await measure(bench, limits, seconds);
      figures[one.name] = { summary, report };
      for (const limit of report.limits) {
        const told = limits.find(({ dimension }) => dimension === limit.dimension);
        const target = told === undefined ? null : limit.dimension === 'requests' ? 0.98 * bestUse(told) : 0.95 * bestUse(told);
        rows.push([
          `${one.name} ${limit.dimension}`, String(report.refused), percent(limit.utilisation), isBinding(one.bound, limit.dimension) ? percent(target) : '',
          String(limit.windows), percent(limit.maxInAnyWindow / limit.amount), String(summary.answered),
        ]);
      }
    }
    return {
      table: {
        title: `${b4.question}; ${seconds} s each, windows of ${windowMs / 1000} s, paced by the second`,
        columns: ['', 'refusals at the provider', 'limit used %', 'at least %', 'windows', 'most in any %', 'answered'], rows,
        notes: ['Refusals and use are the simulator’s own count, use over whole windows under backlog. There must be no refusal; `at least` is told of the limit that binds.'],
      },
      figures,
    };
  },
};

/** Requests and tokens bind at the same rate where both do; where one does, the other allows half as much again. */
function limitsOf({ bound, model }: Case, windowMs: number): readonly Limit[] {
  const requests = (REQUESTS_PER_SECOND * windowMs) / 1000;
  const tokens = requests * (TOKENS.input + TOKENS.output);
  const rest = { windowMs, window: model === 'paced' ? 'sliding' as const : model, ...(model === 'paced' && { paceMs: 1_000 }) };
  return [
    { dimension: 'requests', amount: bound === 'tokens' ? requests * 1.5 : requests, ...rest },
    { dimension: 'total_tokens', amount: bound === 'requests' ? tokens * 1.5 : tokens, ...rest },
  ];
}

const isBinding = (bound: Bound, dimension: Limit['dimension']): boolean => bound === 'both' || (dimension === 'requests') === (bound === 'requests');

async function measure(bench: Bench, limits: readonly Limit[], seconds: number) {
  const perSecond = 3 * REQUESTS_PER_SECOND;
  const bodies: Bodies = { kind: 'tokens', each: Array.from({ length: perSecond * seconds }, () => TOKENS) };
  return overload(bench, { provider: { limits, latencyMs: LATENCY_MS }, perSecond, seconds, bodies }, async (_provider, result) => result);
}
