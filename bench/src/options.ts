/** `npm run bench -- NAME [--seconds N] [--rounds N] [--systems a,b] [--kill APP] [--profile] [--keep] [--json]` */
import { parseArgs } from 'node:util';

export const APPS = ['ingress', 'scheduler', 'worker'] as const;
export type App = (typeof APPS)[number];

export interface Options {
  readonly scenario: string;
  /** Length of one load; null: the scenario's own. */
  readonly seconds: number | null;
  readonly rounds: number | null;
  /** Names; null: all that the scenario compares. */
  readonly systems: readonly string[] | null;
  /** Names of cases; null: all that the scenario has. */
  readonly only: readonly string[] | null;
  /** Killed (SIGKILL) in the middle of the load. */
  readonly kill: App | null;
  readonly profile: boolean;
  /** Keeps the folder of what was started, logs included. */
  readonly keep: boolean;
  readonly json: boolean;
}

/** Throws an Error with one readable line. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args], allowPositionals: true,
    options: {
      seconds: { type: 'string' }, rounds: { type: 'string' }, systems: { type: 'string' }, only: { type: 'string' }, kill: { type: 'string' },
      profile: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, json: { type: 'boolean', default: false },
    },
  });
  const [scenario, ...rest] = positionals;
  if (scenario === undefined || rest.length > 0) throw new Error('name one scenario');
  return {
    scenario,
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    systems: values.systems?.split(',') ?? null,
    only: values.only?.split(',') ?? null,
    kill: appOf(values.kill),
    profile: values.profile,
    keep: values.keep,
    json: values.json,
  };
}

function positive(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number of at least 1, got ${text}`);
  return value;
}

function appOf(text: string | undefined): App | null {
  if (text === undefined) return null;
  const app = APPS.find((name) => name === text);
  if (app === undefined) throw new Error(`--kill must be one of ${APPS.join(', ')}, got ${text}`);
  return app;
}
