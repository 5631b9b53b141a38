/** Wait against utilisation: the default, the family of simple policies, and the trace alone, over traces and limits. */
import { type Trace } from '../arrivals/open-trace.ts';
import { summarize } from '../measured.ts';
import type { Policy } from '../policy.ts';
import type { Scenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';
import { FAMILY } from './family.ts';
import { type Point, type Verdict, verdictOf } from './verdict.ts';

export interface Case {
  readonly trace: Trace;
  /** As it is written on the command line. */
  readonly limit: string;
  readonly scenario: Scenario;
}

export interface Frontier {
  readonly trace: string;
  readonly limit: string;
  /** The same trace on the same limit with nothing beside it: nobody can wait less. */
  readonly aloneP99Ms: number;
  readonly own: Point;
  readonly refusals: number;
  readonly family: readonly Point[];
  readonly verdict: Verdict;
}

export function exploreCase({ trace, limit, scenario }: Case, policy: Policy): Frontier {
  const own = summarize(simulate(scenario, policy));
  const family = FAMILY.map((one) => pointOf(one, scenario));
  const point = { name: policy.name, p99Ms: own.priorities[0]?.p99Ms ?? Number.NaN, utilisation: mostUsed(own) };
  return {
    trace: trace.name, limit, aloneP99Ms: pointOf(policy, { ...scenario, fill: null }).p99Ms,
    own: point, refusals: own.refusals, family, verdict: verdictOf(point, family),
  };
}

function pointOf(policy: Policy, scenario: Scenario): Point {
  const summary = summarize(simulate(scenario, policy));
  return { name: policy.name, p99Ms: summary.priorities[0]?.p99Ms ?? Number.NaN, utilisation: mostUsed(summary) };
}

const mostUsed = ({ limits }: ReturnType<typeof summarize>): number => Math.max(...limits.map(({ utilisation }) => utilisation));
