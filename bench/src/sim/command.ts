/** What `npm run sim` was asked, and what it answers. */
import { writeFileSync } from 'node:fs';
import { SYNTHETIC } from './arrivals/synthetic.ts';
import { openTrace, type Trace } from './arrivals/open-trace.ts';
import { compare } from './compare.ts';
import { etaErrors, showEta } from './eta.ts';
import { type Case, exploreCase } from './frontier/frontier.ts';
import { frontiersAsJson, showFrontiers } from './frontier/show.ts';
import { DEFAULT, policyOf } from './line-up.ts';
import { summarize } from './measured.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { scatter } from './pictures/scatter.ts';
import { timeline } from './pictures/timeline.ts';
import { planScenario } from './plan.ts';
import type { Policy } from './policy.ts';
import { simulate } from './simulate.ts';

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  /** 2: asked wrongly; 1: the run failed. */
  readonly exitCode: 0 | 1 | 2;
}

/** Whatever takes longer than a moment is told as it goes on. */
export type Say = (line: string) => void;

export async function answer(args: readonly string[], say: Say): Promise<Answer> {
  const failed = (error: unknown, exitCode: 1 | 2): Answer =>
    ({ stdout: '', stderr: `sim: ${error instanceof Error ? error.message : String(error)}\n${args.length === 0 ? `${USAGE}\n` : ''}`, exitCode });
  let work: () => string;
  try {
    work = await understand(args, say);
  } catch (error) {
    return failed(error, 2);
  }
  try {
    return { stdout: `${work()}\n`, stderr: '', exitCode: 0 };
  } catch (error) {
    return failed(error, 1);
  }
}

/** All that can be wrong with what was asked is found here. @throws Error with one line that names it */
async function understand(args: readonly string[], say: Say): Promise<() => string> {
  const options = parseOptions(args);
  const policy = options.policy === null ? null : await policyOf(options.policy);
  const traces = options.traces.map((name) => openTrace(name, options.seed));
  if (options.frontier) {
    const cases = casesOf(options, traces);
    return () => explore(options, { cases, policy: policy ?? DEFAULT }, say);
  }
  const scenario = planScenario(options, traces);
  if (options.eta) {
    return () => {
      const errors = etaErrors(simulate(scenario, policy ?? DEFAULT));
      return options.json ? JSON.stringify(errors) : showEta(traces.map(({ name }) => name).join(' and '), errors);
    };
  }
  return () => {
    const alone = options.json ? { name: (policy ?? DEFAULT).name, measured: simulate(scenario, policy ?? DEFAULT) } : undefined;
    const { own, table } = alone === undefined ? compare({ traces, scenario, policy }) : { own: alone, table: JSON.stringify(summarize(alone.measured)) };
    if (options.svg !== null) writeFileSync(options.svg, timeline(own));
    return table;
  };
}

/** Each trace at each limit, those that are made up besides. */
function casesOf(options: Options, traces: readonly Trace[]): readonly Case[] {
  const all = [...traces, ...SYNTHETIC.map((kind) => openTrace(`synthetic:${kind}`, options.seed))];
  const different = all.filter((trace, index) => all.findIndex(({ name }) => name === trace.name) === index);
  return different.flatMap((trace) => options.limits.map((limit) =>
    ({ trace, limit, scenario: planScenario({ ...options, limits: [limit] }, [trace]) })));
}

interface Expedition {
  readonly cases: readonly Case[];
  readonly policy: Policy;
}

function explore({ svg, json }: Options, { cases, policy }: Expedition, say: Say): string {
  const frontiers = cases.map((one, index) => {
    say(`${index + 1} of ${cases.length}: ${one.trace.name}, ${one.limit}`);
    return exploreCase(one, policy);
  });
  if (svg !== null) writeFileSync(svg, scatter(frontiers));
  return json ? frontiersAsJson(frontiers) : showFrontiers(frontiers);
}
