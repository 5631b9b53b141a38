/** What the figures were measured on; without it they mean nothing a month later. */
import { execFileSync } from 'node:child_process';
import { cpus, platform, release, totalmem } from 'node:os';
import { PROJECT } from './paths.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string | null;
  readonly commit: string | null;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1_048_576),
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
