/** A command that serves HTTP: started in a process group of its own, waited for, and ended with all that it started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it prints goes here. */
  readonly logFile: string;
  /** Answers 2xx when it is ready. */
  readonly readyUrl: string;
  readonly readyMs: number;
}

export interface StartedProcess {
  readonly pid: number;
  /** SIGTERM, and SIGKILL to the whole group of what has not ended in its time. */
  stop(): Promise<void>;
}

const STOP_MS = 30_000;

export async function startProcess(command: Command): Promise<StartedProcess> {
  const child = spawn(command.program, command.args, {
    cwd: command.folder, env: { ...process.env, ...command.environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(command.logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = once(child, 'exit');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.program} could not be started`);

  let stopping: Promise<void> | undefined;
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(pid), STOP_MS);
    await exited;
    clearTimeout(timer);
    killGroup(pid);
    log.end();
  };
  const stop = () => (stopping ??= end());
  const until = Date.now() + command.readyMs;
  while (!(await answers(command.readyUrl))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`${command.program} ${command.args.join(' ')} was not ready (exit ${child.exitCode}):\n${readFileSync(command.logFile, 'utf8').slice(-3000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { pid, stop };
}

/** What is left of a group whose leader has ended; mostly nothing. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // no such group: all of it has ended
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false; // not listening yet: that is what is being waited for
  }
}
