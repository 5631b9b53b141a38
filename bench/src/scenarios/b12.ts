/** B12: several schedulers and workers on one connection, and one of them killed in the middle. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@sluice/testkit';
import { PROJECT } from '../paths.ts';
import type { RunningSystem } from '../systems/system.ts';
import { bestUse, casesOf, overload, percent, type Limit } from './overload.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 180;
const LIMIT: Limit = { dimension: 'requests', amount: 400, windowMs: 20_000, window: 'sliding' };
const PER_SECOND = 60;

type Killed = 'scheduler' | 'worker' | null;

interface Case {
  readonly name: string;
  /** Schedulers and workers, each. */
  readonly of: number;
  readonly killed: Killed;
}

const CASES: readonly Case[] = [
  { name: 'two', of: 2, killed: null }, { name: 'two-scheduler', of: 2, killed: 'scheduler' }, { name: 'two-worker', of: 2, killed: 'worker' },
  { name: 'three', of: 3, killed: null }, { name: 'three-scheduler', of: 3, killed: 'scheduler' }, { name: 'three-worker', of: 3, killed: 'worker' },
];

export const b12: Scenario = {
  question: 'B12: two and three schedulers and workers on one connection, one killed in the middle',
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const rows: string[][] = [];
    const figures: Record<string, unknown> = {};
    for (const { name, of, killed } of casesOf(bench, CASES)) {
      bench.say(`${name}, ${seconds} s`);
      const more: ChildProcess[] = [];
      const result = await overload(bench, {
        provider: { limits: [LIMIT], latencyMs: 200 }, perSecond: PER_SECOND, seconds, bodies: { kind: 'bytes', bytes: 500, outputTokens: 20 },
        meanwhile: async ({ running }) => {
          const ports: number[] = [];
          for (let i = 1; i < of; i += 1) {
            more.push(oneMore(running, 'worker', {}));
            const port = await freePort();
            ports.push(port);
            more.push(oneMore(running, 'scheduler', { SLUICE_HEALTH_PORT: String(port) }));
          }
          await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / 2));
          if (killed === 'worker') killFirst(running);
          if (killed === 'scheduler') await killOwner(running, more, ports);
        },
      }, async (provider, { summary, report }) => ({ summary, report, arrivals: await provider.arrivals() }));
      for (const child of more) child.kill('SIGTERM');
      const at = result.arrivals.map((arrival) => arrival.at);
      const pause = at.reduce((longest, time, index) => (index === 0 ? 0 : Math.max(longest, time - (at[index - 1] ?? time))), 0);
      const [limit] = result.report.limits;
      figures[name] = { summary: result.summary, report: result.report, longestPauseMs: pause };
      rows.push([name, String(result.report.refused), percent(limit?.utilisation), percent(0.95 * 0.98 * bestUse(LIMIT)), (pause / 1000).toFixed(2), String(result.summary.answered)]);
    }
    return {
      table: {
        title: `${b12.question}; ${LIMIT.amount} in any ${LIMIT.windowMs / 1000} s, ${seconds} s each`,
        columns: ['', 'refusals at the provider', 'limit used %', 'at least %', 'longest pause s', 'answered'], rows,
        notes: [
          'Refusals and use are the simulator’s own count, under backlog. There must be no refusal; a pause of more than 5 s is too long.',
          'The pause counts from the first burst to the moment the window frees again as well, where the limit went out at once.',
        ],
      },
      figures,
    };
  },
};

/** Another process of an app, with the surroundings of the one that runs. */
function oneMore(running: RunningSystem, app: 'scheduler' | 'worker', extra: NodeJS.ProcessEnv): ChildProcess {
  const [first] = running.processes().filter(({ name }) => name === app);
  if (!first) throw new Error(`no process of ${app} is running`);
  const { SLUICE_SUPERVISED: _supervised, SLUICE_HEALTH_PORT: _health, NODE_CHANNEL_FD: _channel, ...env } = environmentOf(first.pid);
  return spawn(process.execPath, [join('apps', app, 'dist', 'main.js')], { cwd: PROJECT, env: { ...env, ...extra }, stdio: 'ignore' });
}

function environmentOf(pid: number): NodeJS.ProcessEnv {
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function killFirst(running: RunningSystem): void {
  const first = running.processes().find(({ name }) => name === 'worker');
  if (!first) throw new Error('no worker is running');
  process.kill(first.pid, 'SIGKILL');
}

/** Whichever of the schedulers owns the connection: it alone tells the version of a ledger. The one that was first has no port to ask at. */
async function killOwner(running: RunningSystem, more: readonly ChildProcess[], ports: readonly number[]): Promise<void> {
  const others = more.filter((_, index) => index % 2 === 1);
  const owns = await Promise.all(ports.map(async (port) => (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).includes('\nsluice_ledger_version{')));
  const first = running.processes().find(({ name }) => name === 'scheduler');
  const pid = others[owns.indexOf(true)]?.pid ?? first?.pid;
  if (pid === undefined) throw new Error('no scheduler is running');
  process.kill(pid, 'SIGKILL');
}
