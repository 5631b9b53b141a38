/** `npm run bench -- NAME`: one scenario, one table, one file of figures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startGenerator } from './load/generator.ts';
import { describeMachine, isQuiet } from './machine.ts';
import { APPS, parseOptions } from './options.ts';
import type { Options } from './options.ts';
import { PROJECT } from './paths.ts';
import { startProvider } from './provider/provider.ts';
import { keep } from './results.ts';
import { b0 } from './scenarios/b0.ts';
import { b1 } from './scenarios/b1.ts';
import { b2 } from './scenarios/b2.ts';
import { b3 } from './scenarios/b3.ts';
import { b4 } from './scenarios/b4.ts';
import { decision } from './scenarios/decision.ts';
import { b5 } from './scenarios/b5.ts';
import { b6 } from './scenarios/b6.ts';
import { b7 } from './scenarios/b7.ts';
import { b7Live } from './scenarios/b7-live.ts';
import { b8 } from './scenarios/b8.ts';
import { b9 } from './scenarios/b9.ts';
import { b11 } from './scenarios/b11.ts';
import { b12 } from './scenarios/b12.ts';
import { b14 } from './scenarios/b14.ts';
import type { Bench, Scenario } from './scenarios/scenario.ts';
import { slowReaders } from './scenarios/slow-readers.ts';
import { trace } from './scenarios/trace.ts';
import { formatTable } from './table.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = { b0, b1, b2, b3, b4, b5, b6, b7, 'b7-live': b7Live, b8, b9, b11, b12, b14, decision, trace, 'slow-readers': slowReaders };

const USAGE = [
  'usage: npm run bench -- NAME [--seconds N] [--rounds N] [--systems direct,portkey,sluice] [--only CASE,…] [--kill ingress|scheduler|worker] [--profile] [--keep] [--json]',
  ...Object.entries(SCENARIOS).map(([name, { question }]) => `  ${name.padEnd(13)} ${question}`),
].join('\n');

const say = (line: string) => void process.stderr.write(`bench: ${line}\n`);

type Close = () => Promise<void>;

function openBench(options: Options, folder: string, closing: Close[]): Bench {
  const generator = startGenerator();
  closing.push(() => generator.stop());
  let started = 0;
  return {
    options,
    generator,
    say,
    async startProvider(order) {
      const provider = await startProvider(order);
      closing.push(() => provider.stop());
      return provider;
    },
    async startSystem(system, provider, limits) {
      const place = mkdtempSync(join(folder, `${system.name}-${++started}-`));
      const running = await system.start({ provider, limits, folder: place, profile: options.profile });
      closing.push(() => running.stop());
      return running;
    },
    toggleProfiles(processes) {
      if (!options.profile) return;
      for (const { pid, name } of processes) if (APPS.some((app) => app === name)) process.kill(pid, 'SIGUSR2');
    },
  };
}

async function run(options: Options, scenario: Scenario, interrupted: Promise<never>): Promise<void> {
  const machine = describeMachine();
  if (!isQuiet(machine)) say(`the machine is not quiet (load ${machine.loadBefore.toFixed(1)} on ${machine.cores} cores): figures of time will be of both`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const closing: Close[] = [];
  try {
    const bench = openBench(options, folder, closing);
    const { table, figures } = await Promise.race([scenario.run(bench), interrupted]);
    const result = { scenario: options.scenario, measuredAt: new Date().toISOString(), machine, options, table, figures };
    const file = keep(result);
    process.stdout.write(`${options.json ? JSON.stringify(result) : formatTable(table)}\n`);
    say(`figures in ${relative(PROJECT, file)}`);
  } finally {
    for (const close of closing.reverse()) await close();
    if (options.keep) say(`what was started is kept in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
});
interrupted.catch(() => {}); // heard by `run`; a signal before or after it needs no hearing

try {
  const options = parseOptions(process.argv.slice(2));
  const scenario = SCENARIOS[options.scenario];
  if (!scenario) throw new Error(`there is no scenario ${options.scenario}`);
  await run(options, scenario, interrupted);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${process.argv.length < 3 ? `${USAGE}\n` : ''}`);
  process.exitCode = 1;
}
