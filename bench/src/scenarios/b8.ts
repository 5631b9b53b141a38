/** B8: the provider changes its mind, or is not ours alone. How soon is it followed, and at how many refusals? */
import type { Provider } from '../provider/provider.ts';
import { casesOf, overload, percent, type Limit } from './overload.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 180;
const WINDOW_MS = 20_000;
const ALLOWED = 400;
const PER_SECOND = 60;
/** What somebody else sends with the same key, a second: of 400 in 20 s, 30 %. */
const FOREIGN_PER_SECOND = (0.3 * ALLOWED * 1000) / WINDOW_MS;
/** The key that the system under test is configured with. */
const UPSTREAM_KEY = 'sk-bench-upstream';

interface Case {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly foreign: boolean;
}

const CASES: readonly Case[] = [
  { name: 'halved', from: ALLOWED, to: ALLOWED / 2, foreign: false },
  { name: 'doubled', from: ALLOWED / 2, to: ALLOWED, foreign: false },
  { name: 'foreign', from: ALLOWED, to: ALLOWED, foreign: true },
];

const limitOf = (amount: number): Limit => ({ dimension: 'requests', amount, windowMs: WINDOW_MS, window: 'sliding' });

export const b8: Scenario = {
  question: 'B8: a limit cut to half, a limit doubled, and 30 % of a limit used by somebody else with the same key',
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const changeAtMs = (seconds * 1000) / 3;
    const rows: string[][] = [];
    const figures: Record<string, unknown> = {};
    for (const one of casesOf(bench, CASES)) {
      bench.say(`${one.name}, ${seconds} s`);
      const result = await overload(bench, {
        provider: { limits: [limitOf(one.from)], latencyMs: 100 },
        // Told more than there is: what the provider says must be heeded.
        told: [`requests: ${ALLOWED}, per: ${WINDOW_MS}ms`],
        perSecond: PER_SECOND, seconds, bodies: { kind: 'bytes', bytes: 500, outputTokens: 20 },
        countFromMs: changeAtMs + 2 * WINDOW_MS,
        meanwhile: async ({ provider }) => {
          await new Promise((resolve) => setTimeout(resolve, changeAtMs));
          if (one.foreign) await sendForeign(provider, seconds * 1000 - changeAtMs);
          else await provider.setLimits([limitOf(one.to)]);
        },
      }, async (provider, { summary, report, startedAt }) => ({ summary, report, startedAt, arrivals: await provider.arrivals() }));
      const refusedAt = result.arrivals.filter(({ outcome }) => outcome === 'refused').map(({ at }) => at - result.startedAt - changeAtMs);
      const limit = result.report.limits.at(-1);
      figures[one.name] = { summary: result.summary, report: result.report, refusedAtMs: refusedAt };
      rows.push([
        one.name, String(refusedAt.length), refusedAt.length === 0 ? '–' : (Math.max(...refusedAt) / 1000).toFixed(1), percent(limit?.utilisation),
        String(limit?.windows ?? ''), String(result.summary.answered),
      ]);
    }
    return {
      table: {
        title: `${b8.question}; ${seconds} s each, the change after ${changeAtMs / 1000} s, use counted from two windows later on`,
        columns: ['', 'refusals at the provider', 'the last, s after the change', 'limit used %', 'windows', 'answered'], rows,
        notes: [
          'Refusals and use are the simulator’s own count, somebody else’s calls included. At most 3 refusals until it has settled, and at least 95 % used two windows later.',
          'Whoever else uses the key asks without being told of limits: some of the refusals of `foreign` are theirs.',
        ],
      },
      figures,
    };
  },
};

async function sendForeign(provider: Provider, forMs: number): Promise<void> {
  const calls: Promise<unknown>[] = [];
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    calls.push(fetch(`${provider.origin}/v1/chat/completions`, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${UPSTREAM_KEY}` },
      body: JSON.stringify({ model: provider.model, max_tokens: 5, messages: [{ role: 'user', content: `somebody else ${calls.length}` }] }),
    }).then((answer) => answer.arrayBuffer()));
    await new Promise((resolve) => setTimeout(resolve, 1000 / FOREIGN_PER_SECOND));
  }
  await Promise.all(calls);
}
