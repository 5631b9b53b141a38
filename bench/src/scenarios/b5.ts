/** B5: does urgent work wait behind an endless batch, and what does it cost in utilisation? On the virtual clock. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sharedFolder } from '@sluice/testkit';
import { openTrace } from '../sim/arrivals/open-trace.ts';
import { SYNTHETIC } from '../sim/arrivals/synthetic.ts';
import { exploreCase, type Frontier } from '../sim/frontier/frontier.ts';
import { DEFAULT } from '../sim/line-up.ts';
import { parseOptions } from '../sim/options.ts';
import { planScenario } from '../sim/plan.ts';
import { percent, seconds } from '../sim/show.ts';
import type { Bench, Scenario } from './scenario.ts';

const CONVERSATION = 'traces/azure-llm-2023-conversation.csv';
const LIMITS = ['total_tokens=2x/60s', 'total_tokens=3x/60s'];

export const b5: Scenario = {
  question: 'B5: urgent traces over an endless batch at two and three times their mean, against the best simple policy in hindsight (simulated)',
  async run(bench) {
    const frontiers = exploreAll(bench);
    return {
      table: {
        title: b5.question,
        columns: ['', 'limit', 'alone p99 s', 'default p99 s', 'used %', 'refusals', 'best simple p99 s', 'used %', 'which', 'within'],
        rows: frontiers.map(({ trace, limit, aloneP99Ms, own, refusals, verdict: { best, within } }) => [
          trace, limit, seconds(aloneP99Ms), seconds(own.p99Ms), percent(own.utilisation), String(refusals),
          seconds(best.p99Ms), percent(best.utilisation), best.name, within ? 'yes' : 'no',
        ]),
        notes: [
          'Must: on the conversation trace p99 at most 0.15 s at 98 % (2x) and 0.05 s at 98.8 % (3x); on any trace within 10 % (or 0.1 s) of the wait and 2',
          'points of the utilisation of the best simple policy. The wait against utilisation of each: npm run sim -- --frontier.',
        ],
      },
      figures: frontiers.map(({ trace, limit, aloneP99Ms, own, refusals, verdict }) => ({ trace, limit, aloneP99Ms, default: own, refusals, ...verdict })),
    };
  },
};

function exploreAll(bench: Bench): readonly Frontier[] {
  const conversation = join(sharedFolder(), CONVERSATION);
  if (!existsSync(conversation)) bench.say(`${conversation} is not there: only the traces that are made up`);
  const names = [...(existsSync(conversation) ? [conversation] : []), ...SYNTHETIC.map((kind) => `synthetic:${kind}`)];
  return names.flatMap((name) => LIMITS.map((limit) => {
    bench.say(`${name}, ${limit}`);
    const options = parseOptions(['--trace', name, '--limit', limit]);
    const trace = openTrace(name, options.seed);
    return exploreCase({ trace, limit, scenario: planScenario(options, [trace]) }, DEFAULT);
  }));
}
