/** Runs vitest as a child and says how it went in numbers, whatever way it ended. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TALLY_FILE } from './tally-reporter.ts';
import type { Tally } from './tally.ts';
import { noTally } from './tally.ts';

/** Its output goes to ours. A run that ends badly without a count, or whose count hides it, counts as a failure. */
export async function runVitest(args: readonly string[], env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tally-'));
  const file = join(folder, 'tally.json');
  const reporter = fileURLToPath(new URL('tally-reporter.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--reporter=default', `--reporter=${reporter}`, ...args],
    {
      env: { ...env, [TALLY_FILE]: file },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const end = () => void child.kill('SIGTERM');
  stop.addEventListener('abort', end, { once: true });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  stop.removeEventListener('abort', end);
  const tally = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Tally) : noTally(); // written by the reporter
  rmSync(folder, { recursive: true, force: true });
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}
