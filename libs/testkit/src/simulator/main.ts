/** The simulator as a command of its own. One line when it is ready; SIGINT or SIGTERM ends it. */
import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/domain';
import { loadExchanges } from '../recordings/load.ts';
import { parseCommandLine, USAGE } from './arguments.ts';
import { parseScript } from './faults/parse.ts';
import type { Rule } from './faults/rule.ts';
import { startSimulator } from './simulator.ts';

async function run(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const { options, scriptFile, replayFolder } = parseCommandLine(args);
  const script = scriptFile === undefined ? [] : await readScript(scriptFile);
  const loaded = replayFolder === undefined ? { exchanges: [] } : await loadExchanges({ folder: replayFolder });
  if (loaded.exchanges === undefined) throw new SluiceError('invalid_request', `--replay: ${loaded.reason}`);
  const simulator = await startSimulator({ ...options, script, recordings: loaded.exchanges });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator.stop());
  process.stdout.write(`simulator listening on ${simulator.url}\n`);
}

async function readScript(file: string): Promise<readonly Rule[]> {
  try {
    return parseScript(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new SluiceError(
      'invalid_request', `--script ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error },
    );
  }
}

/** Wrong use ends with 2, a port that is taken or a bug with 1. */
run(process.argv.slice(2)).catch((error: unknown) => {
  const wrongUse = error instanceof SluiceError;
  process.stderr.write(
    `simulator: ${error instanceof Error ? error.message : String(error)}${wrongUse ? ' (see --help)' : ''}\n`
  );
  process.exitCode = wrongUse ? 2 : 1;
});
