/** `npm run check`: types, lint, boundaries, unit and property tests; no services. The build before it has checked what ships. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onStopSignals } from './stop-signals.ts';
import { runVitest } from './vitest/run-vitest.ts';
import { reasonLines, tallyLine } from './vitest/tally.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const { stop } = onStopSignals(process.env);

const run = (...args: string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], signal: stop });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });

async function unitTests(): Promise<boolean> {
  const tally = await runVitest(['--project', 'unit'], process.env, stop);
  for (const line of [...reasonLines(tally), tallyLine(tally)]) say(line);
  return tally.failed === 0;
}

const types = () => run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json');
const lint = () =>
  run(join('node_modules', 'eslint', 'bin', 'eslint.js'), '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/');

async function timed(name: string, step: () => Promise<boolean>): Promise<boolean> {
  const began = performance.now();
  say(`check: ${name}`);
  const passed = await step();
  say(`check: ${name}: ${passed ? 'passed' : 'FAILED'} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return passed;
}

// The first two use one core each; the tests use all there are.
const results = [
  ...(await Promise.all([timed('types of the tests', types), timed('lint', lint)])),
  await timed('boundaries, unit and property tests', unitTests),
];
const failed = results.filter((passed) => !passed).length;
say(failed === 0 ? 'check: all passed' : `check: ${failed} of ${results.length} failed`);
process.exitCode = failed === 0 ? 0 : 1;
