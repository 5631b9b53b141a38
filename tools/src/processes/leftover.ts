/**
 * Servers that a killed run left behind. Found by the process id it recorded, and believed only when the process's
 * command line still names what we started: ids are used again, and a stranger must never be stopped.
 */
import { spawnSync } from 'node:child_process';
import { waitUntil } from './wait-until.ts';

/** Also false for one that has ended and whose parent has not taken note: it holds no file and no port any more. */
export function isAlive(pid: number): boolean {
  const state = ps(pid, 'stat=');
  return state !== '' && !state.startsWith('Z');
}

/** The command line of a process, or '' when there is none. */
export const commandLine = (pid: number): string => ps(pid, 'args=');

function ps(pid: number, column: string): string {
  const { stdout, error } = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  if (error) throw new Error('the command ps is needed to look for processes', { cause: error });
  return stdout.trim();
}

/** Stops the process if `isOurs` recognises its command line; true when it was one of ours. */
export async function stopLeftover(pid: number, isOurs: (args: string) => boolean, signal: NodeJS.Signals): Promise<boolean> {
  if (!isAlive(pid) || !isOurs(commandLine(pid))) return false;
  process.kill(pid, signal);
  if (await waitUntil(() => !isAlive(pid), { forMs: 10_000, everyMs: 100 })) return true;
  process.kill(pid, 'SIGKILL');
  if (!(await waitUntil(() => !isAlive(pid), { forMs: 5_000, everyMs: 100 })))
    throw new Error(`process ${pid} of an earlier run does not stop`);
  return true;
}
