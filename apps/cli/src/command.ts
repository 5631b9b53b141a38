/** A command, as data: its words, what it takes, and what it does. Help, completion and reading of arguments are made from it. */
import { parseArgs } from 'node:util';
import type { Api } from './api.ts';

export interface Option {
  /** What stands behind it; absent: it is a switch. */
  readonly value?: string;
  readonly summary: string;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line of the result: what a script reads. */
  readonly print: (line: string) => void;
  /** The same, as it is: bytes of a file, pieces of an answer. */
  readonly write: (bytes: string | Uint8Array) => void;
  /** A line about it, for a person. */
  readonly say: (line: string) => void;
  /** The same, over the line before. For terminals. */
  readonly redraw: (line: string) => void;
  /** May lines be drawn over? */
  readonly isTerminal: boolean;
  readonly readInput: () => Promise<string>;
  /** Asks the person, without showing what is typed; rejects where there is nobody. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
}

export interface Invocation extends Surroundings {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
  readonly json: boolean;
  readonly api: Api;
}

export interface Command {
  readonly words: readonly string[];
  /** As they are shown, such as `ID`, `[TEXT]`. */
  readonly args: readonly string[];
  readonly summary: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** Resolves with the exit code. */
  readonly run: (invocation: Invocation) => Promise<number>;
}

/** What scripts may rely on; those above 63 are of sysexits. */
export const EXIT = { done: 0, failed: 1, found: 2, usage: 64, unreachable: 69, notAllowed: 77, configuration: 78 } as const;

/** Ends a command with a line for a person. */
export class Stop extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What every command takes. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { summary: 'print JSON' },
  environment: { value: 'NAME', summary: 'the environment; default: the first that you may enter' },
  url: { value: 'URL', summary: 'where ingress is; default SLUICE_URL, or http://127.0.0.1:3000' },
  help: { summary: 'what the command does' },
};

export interface Given {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
}

/** Throws `Stop` with the exit code for wrong usage. */
export function readArguments(command: Command, rest: readonly string[]): Given {
  const known = { ...COMMON, ...command.options };
  try {
    const { values, positionals } = parseArgs({
      args: [...rest], allowPositionals: true,
      options: Object.fromEntries(Object.entries(known).map(([name, { value }]) => [name, { type: value === undefined ? 'boolean' as const : 'string' as const }])),
    });
    const given = Object.entries(values);
    const least = command.args.filter((arg) => !arg.startsWith('[')).length;
    const isHelp = values['help'] === true;
    if (!isHelp && positionals.length < least) throw new Error(`${command.args[positionals.length] ?? ''} is missing`);
    if (positionals.length > command.args.length) throw new Error(`too many arguments: ${positionals.slice(command.args.length).join(' ')}`);
    return {
      args: positionals, options: Object.fromEntries(given.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
      switches: new Set(given.flatMap(([name, value]) => (value === true ? [name] : []))),
    };
  } catch (error) {
    throw new Stop(`${error instanceof Error ? error.message : String(error)}\n${usageOf(command)}`, EXIT.usage);
  }
}

export const usageOf = ({ words, args, options = {} }: Command): string =>
  `usage: sluice ${[...words, ...args, ...Object.entries(options).map(([name, { value }]) => `[--${name}${value === undefined ? '' : ` ${value}`}]`)].join(' ')}`;

export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON });
  const width = Math.max(...options.map(([name, { value = '' }]) => name.length + value.length)) + 5;
  return [usageOf(command), '', command.summary, '', ...options.map(([name, { value, summary }]) => `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(width)}${summary}`)].join('\n');
}
