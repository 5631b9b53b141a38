/** An `npm start` of a test: a real one, in a home of its own, on a free port, with everything it printed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../src/processes/free-port.ts';
import { isAlive } from '../src/processes/leftover.ts';
import { waitUntil } from '../src/processes/wait-until.ts';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Installation {
  readonly home: string;
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when that text has been printed; rejects with the output when the process ends first or the time is up. */
  printed(text: string, forMs?: number): Promise<void>;
  /** Resolves with the exit code (or null after a signal) when it has ended. */
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

export interface Wanted {
  readonly home?: string;
  readonly port?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Default: the built command itself. */
  readonly command?: readonly [string, ...string[]];
}

/** Stores of a developer's shell must not leak into a test of the embedded ones, nor provider keys into the demo. */
const HIDDEN = ['REDIS_URL', 'DATABASE_URL', 'QUESTDB_URL', 'SLUICE_MASTER_KEY', 'SLUICE_CONFIG', 'HOST', 'LOG_LEVEL'];

const started: Installation[] = [];
const homes: string[] = [];

export const READY = 'Sluice is ready at';

export function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'sluice-home-'));
  homes.push(home);
  return home;
}

export async function install({ home = freshHome(), port, env = {}, cwd = root, command }: Wanted = {}): Promise<Installation> {
  const itsPort = port ?? (await freePort());
  const [program, ...args] = command ?? [process.execPath, join(root, 'tools', 'dist', 'start.js')];
  const inherited = Object.entries(process.env).filter(([name]) => !HIDDEN.includes(name) && !name.endsWith('_API_KEY'));
  const child = spawn(program, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), PORT: String(itsPort), SLUICE_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const installation = watched(child, { home, port: itsPort });
  started.push(installation);
  return installation;
}

function watched(child: ChildProcess, { home, port }: { home: string; port: number }): Installation {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (output += data.toString()));
  let over = false;
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      over = true;
      resolve(code);
    }),
  );
  return {
    home,
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    signal: (name) => void child.kill(name),
    printed: async (text, forMs = 60_000) => {
      if (!(await waitUntil(() => output.includes(text), { forMs, unless: () => over })))
        throw new Error(`never printed "${text}":\n${output}`);
    },
  };
}

/** Kills what a failed test left behind, and removes the homes. */
export async function cleanUp(): Promise<void> {
  for (const installation of started.splice(0)) {
    const family = familyOf(installation.pid);
    installation.signal('SIGTERM');
    const gone = await waitUntil(() => !family.some(isAlive), { forMs: 10_000, everyMs: 200 });
    if (!gone) for (const pid of family.filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

function processes(): readonly Row[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), parent: Number(parent), args }] : [];
    });
}

/** The process and everything it started, directly or not. */
export function familyOf(pid: number): readonly number[] {
  const rows = processes();
  const grow = (one: number): readonly number[] => [
    one,
    ...rows.filter(({ parent }) => parent === one).flatMap((row) => grow(row.pid)),
  ];
  return grow(pid);
}

function rowOf(pid: number, text: string): Row {
  const family = familyOf(pid);
  const [found, ...others] = processes().filter((row) => family.includes(row.pid) && row.args.includes(text));
  if (!found || others.length > 0) throw new Error(`not one process of ${pid} with "${text}": ${JSON.stringify([found, ...others])}`);
  return found;
}

/** The one process of the family whose command line holds the text. */
export const memberOf = (pid: number, text: string): number => rowOf(pid, text).pid;

/** Where the demo's simulator is: its command line says the port. */
export const simulatorOf = ({ pid }: Installation): string =>
  `http://127.0.0.1:${/--port (\d+)/.exec(rowOf(pid, 'simulator/main.js').args)?.[1] ?? ''}`;

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Ports that the screen names: those of the stores, and its own. */
export const portsOf = ({ output, port }: Installation): readonly number[] => [
  port,
  ...[...output().matchAll(/on port (\d+)/g)].map(([, number]) => Number(number)),
];

/** Runs the curl of the screen as somebody would who pasted it; returns what it printed. */
export function pasteCurl({ output }: Installation): string {
  const command = /^curl [^]*?\n(?=\n)/m.exec(output())?.[0];
  if (!command) throw new Error(`no curl on the screen:\n${output()}`);
  return execFileSync('/bin/sh', ['-c', command.replace(/^curl/, 'curl -sS --max-time 30')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
