/** `npm run check`: types, lint, boundaries, unit and property tests. No services. The build before it has checked the types of what ships. */
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

const steps = [
  ['types of the tests', () => run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json')],
  ['lint', () => run(join('node_modules', 'eslint', 'bin', 'eslint.js'), '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/')],
  ['boundaries, unit and property tests', unitTests],
] as const;

const failed: string[] = [];
for (const [name, step] of steps) {
  const began = performance.now();
  say(`check: ${name}`);
  const passed = await step();
  say(`check: ${name}: ${passed ? 'passed' : 'FAILED'} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (!passed) failed.push(name);
}
say(failed.length === 0 ? 'check: all passed' : `check: failed: ${failed.join('; ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
