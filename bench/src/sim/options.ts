/** The command line of `npm run sim`. */
import { parseArgs } from 'node:util';
import { WINDOWS, type WindowModel } from '@sluice/domain';
import { type Counting, parseSpan } from '@sluice/testkit';

export const USAGE = `usage: npm run sim -- --trace FILE [options]
  --trace FILE         .csv, .jsonl, or synthetic:poisson|bursty|diurnal|volleys|heavy; more than one: each as its own --priority
  --priority NAME      the trace arrives as this one (urgent); urgent, normal or batch
  --fill NAME          keeps this one endlessly backlogged (batch); none: the trace alone
  --limit LIMIT        total_tokens=2x/60s (a multiple of the trace's mean) or requests=600/60s; may be repeated
  --window MODEL       sliding, fixed or bucket; --pace 1s: besides, no more than its share in any second
  --policy FILE        a policy of bench/src/sim/policies by name, or a .json, .js or .ts file of your own (weighted)
  --counting HOW       as_produced or maximum_at_admission: when the provider counts output
  --estimates HOW      learned, as the apps do, or exact
  --tenants N          deals the trace to so many tenants
  --deadline SPAN      jobs that waited this long expire
  --latency SPAN --token-time SPAN --guard SPAN   of a call: to its first token, for each further, and until it arrives at the latest
  --seed N             of everything made up
  --frontier           wait against utilisation: the default and the family of simple policies, for each trace and the
                       synthetic ones, at each --limit (2x and 3x)
  --eta                how far off what was said of waits at their beginning was
  --svg FILE           draws the run of the policy, or the frontier
  --json               figures instead of tables`;

export interface Options {
  readonly traces: readonly string[];
  /** One for each trace, or fewer: the last holds for the rest. */
  readonly priorities: readonly string[];
  readonly fill: string | null;
  readonly limits: readonly string[];
  readonly window: WindowModel;
  readonly paceMs: number | undefined;
  /** null: the default, beside the baselines. */
  readonly policy: string | null;
  readonly counting: Counting;
  readonly estimates: 'learned' | 'exact';
  readonly tenants: number;
  readonly deadlineMs: number;
  readonly latencyMs: number;
  readonly tokenMs: number;
  readonly guardMs: number;
  readonly seed: number;
  readonly frontier: boolean;
  readonly eta: boolean;
  readonly svg: string | null;
  readonly json: boolean;
}

const DEFAULT_LIMIT = 'total_tokens=2x/60s';
/** Each is a case of its own. */
const FRONTIER_LIMITS = [DEFAULT_LIMIT, 'total_tokens=3x/60s'];

const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'string', multiple: true } as const;
const FLAG = { type: 'boolean', default: false } as const;
const FORM = {
  'trace': TEXTS, 'priority': TEXTS, 'fill': TEXT, 'limit': TEXTS, 'window': TEXT, 'pace': TEXT, 'policy': TEXT, 'counting': TEXT,
  'estimates': TEXT, 'tenants': TEXT, 'deadline': TEXT, 'latency': TEXT, 'token-time': TEXT, 'guard': TEXT, 'seed': TEXT, 'svg': TEXT,
  'frontier': FLAG, 'eta': FLAG, 'json': FLAG,
} as const;

/** @throws Error with one line that names the option */
export function parseOptions(args: readonly string[]): Options {
  const values = valuesOf(args);
  const traces = values.trace ?? [];
  if (traces.length === 0 && !values.frontier) throw new Error('--trace is missing: name a .csv or .jsonl file, or synthetic:bursty');
  const fill = values.fill ?? 'batch';
  return {
    traces,
    priorities: values.priority ?? ['urgent'],
    fill: fill === 'none' ? null : fill,
    limits: values.limit ?? (values.frontier ? FRONTIER_LIMITS : [DEFAULT_LIMIT]),
    window: oneOf('window', values.window ?? 'sliding', WINDOWS),
    paceMs: values.pace === undefined ? undefined : parseSpan(values.pace, '--pace'),
    policy: values.policy ?? null,
    counting: oneOf('counting', values.counting ?? 'as_produced', ['as_produced', 'maximum_at_admission'] as const),
    estimates: oneOf('estimates', values.estimates ?? 'learned', ['learned', 'exact'] as const),
    tenants: wholeNumber('tenants', values.tenants ?? '1', 1),
    deadlineMs: values.deadline === undefined ? Number.POSITIVE_INFINITY : parseSpan(values.deadline, '--deadline'),
    latencyMs: parseSpan(values.latency ?? '50ms', '--latency'),
    tokenMs: parseSpan(values['token-time'] ?? '1ms', '--token-time'),
    guardMs: parseSpan(values.guard ?? '20ms', '--guard'),
    seed: wholeNumber('seed', values.seed ?? '1', 0),
    frontier: values.frontier,
    eta: values.eta,
    svg: values.svg ?? null,
    json: values.json,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FORM, strict: true }).values;
  } catch (error) {
    // parseArgs names the argument in its first line; the advice after it is for programmers.
    throw new Error(error instanceof Error ? error.message.split('\n', 1)[0] : String(error), { cause: error });
  }
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new Error(`--${name} must be one of ${known.join(', ')}, got ${text}`);
  return found;
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) throw new Error(`--${name} must be a whole number of at least ${least}, got ${text}`);
  return value;
}
