/** What the figures were measured on; without it they mean nothing a month later. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { PROJECT } from './paths.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  /** Processes that wanted to run, over the minute before the benchmark began. */
  readonly loadBefore: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string | null;
  readonly commit: string | null;
}

/** Above this share of the cores something else is at work, and the figures are of both. */
const QUIET_SHARE = 0.25;

export const isQuiet = ({ loadBefore, cores }: Machine): boolean => loadBefore <= cores * QUIET_SHARE;

/** Asked before anything is started. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1_048_576),
    loadBefore: loadavg()[0] ?? 0,
    system: `${platform()} ${release()}`,
    node: process.version,
    redis: firstLine('redis-server', ['--version']),
    commit: firstLine('git', ['describe', '--always', '--dirty']),
  };
}

/** null: not installed, or (of git) nothing committed yet. */
function firstLine(command: string, args: readonly string[]): string | null {
  try {
    return execFileSync(command, args, { cwd: PROJECT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? null;
  } catch {
    return null;
  }
}
