/** The command line of the simulator, as options. */
import { parseArgs } from 'node:util';
import { SluiceError, WINDOWS } from '@sluice/domain';
import { parseShortLimits, parseSpan } from './limits/parse.ts';
import { FRIENDLY_LIMITS, type SimulatorOptions } from './options.ts';
import { bad } from './read-json.ts';

export const USAGE = 'usage: simulator [--port N] [--limits requests=600/60s,total_tokens=200000/60s,concurrency=32 | none]'
  + ' [--window sliding|fixed|bucket] [--pace 100ms] [--counting maximum_at_admission|as_produced] [--latency 50ms]'
  + ' [--chunk-every 33ms] [--token-time 0ms] [--script FILE] [--seed N] [--replay DIR] [--keys KEY,KEY]';

export interface CommandLine {
  readonly options: SimulatorOptions;
  readonly scriptFile: string | undefined;
  /** Its recordings can be asked for by header. */
  readonly replayFolder: string | undefined;
}

const OPTION = { type: 'string' } as const;
const OPTIONS = {
  port: OPTION, limits: OPTION, window: OPTION, pace: OPTION, counting: OPTION, latency: OPTION, 'chunk-every': OPTION,
  'token-time': OPTION, script: OPTION, seed: OPTION, replay: OPTION,
  keys: OPTION,
} as const;

/** @throws SluiceError invalid_request with what is wrong, in one line */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = valuesOf(args);
  const counting = values.counting;
  if (counting !== undefined && counting !== 'maximum_at_admission' && counting !== 'as_produced') {
    throw bad('--counting', 'maximum_at_admission or as_produced');
  }
  const window = WINDOWS.find((name) => name === (values.window ?? 'sliding'));
  if (window === undefined) throw bad('--window', `one of ${WINDOWS.join(', ')}`);
  const paceMs = values.pace === undefined ? undefined : parseSpan(values.pace, '--pace');
  const spans = {
    ...(values.latency === undefined ? {} : { latencyMs: parseSpan(values.latency, '--latency') }),
    ...(values['chunk-every'] === undefined ? {} : { chunkEveryMs: parseSpan(values['chunk-every'], '--chunk-every') }),
    ...(values['token-time'] === undefined ? {} : { tokenMs: parseSpan(values['token-time'], '--token-time') }),
  };
  const limits = values.limits === undefined
    ? FRIENDLY_LIMITS.map((limit) => ({ ...limit, window, ...(paceMs === undefined ? {} : { paceMs }) }))
    : parseShortLimits(values.limits, window, paceMs);
  return {
    options: {
      ...spans,
      limits,
      ...(values.port === undefined ? {} : { port: wholeNumber(values.port, '--port', 65_535) }),
      ...(values.seed === undefined ? {} : { seed: wholeNumber(values.seed, '--seed', Number.MAX_SAFE_INTEGER) }),
      ...(counting === undefined ? {} : { counting }),
      ...(values.keys === undefined ? {} : { keys: values.keys.split(',').filter((key) => key !== '') }),
    },
    scriptFile: values.script,
    replayFolder: values.replay,
  };
}

function valuesOf(args: readonly string[]): { readonly [name in keyof typeof OPTIONS]?: string } {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    // parseArgs names the argument; its advice on the following lines is for programmers.
    throw new SluiceError(
      'invalid_request', error instanceof Error ? error.message.split('\n', 1)[0] ?? '' : String(error), { cause: error },
    );
  }
}

function wholeNumber(text: string, place: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw bad(place, `a whole number up to ${most}`);
  return value;
}
