/** The outermost layer of `start` and `dev`: signals in, exit code out, everything that is said on the way. */
import type { Apps } from './apps.ts';
import { Refusal, run } from './run.ts';
import { onStopSignals } from './stop-signals.ts';

export async function mainOf(whenReady?: (apps: Apps, closing: (() => Promise<void> | void)[]) => void): Promise<void> {
  // Whoever read our output may be gone before us; that must not keep us from stopping in order.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    await run({ env: process.env, say, ...onStopSignals(process.env) }, whenReady);
    process.exitCode = 0;
  } catch (error) {
    const lines =
      error instanceof Refusal ? error.lines : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    for (const line of lines) process.stderr.write(`sluice: ${line}\n`);
    process.exitCode = error instanceof Refusal ? error.exitCode : 1;
  }
}
