/**
 * A child that is kept running: restarted when it dies, with a growing pause, until it is stopped.
 *
 *   starting ──▶ running ──▶ (died) ──▶ waiting ──▶ starting …
 *                   └─ stop() ──▶ stopped                        from every state
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Sentinel, StopOrder } from './sentinel.ts';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly order: StopOrder;
  /** What asks it to stop in an orderly way. */
  readonly stopSignal: NodeJS.Signals;
  /** For programs of our own: sets `SLUICE_SUPERVISED=1` and opens a channel whose closing tells the child that we are gone. */
  readonly linked?: boolean;
  /** Every line it prints. */
  readonly onLine: (line: string, output: 'stdout' | 'stderr') => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Keeper {
  readonly sentinel: Sentinel;
  /** For the screen: a child died, and what is done about it. */
  readonly say: (line: string) => void;
}

export interface KeptProcess {
  readonly name: string;
  /** Undefined between a death and the next start. */
  pid(): number | undefined;
  /** Has the running child said, over its channel, that it is ready? */
  isReady(): boolean;
  /** How it last ended; undefined while its first life lasts. */
  lastExit(): Exit | undefined;
  /** Stops the running child; the next one starts at once, as after a death. */
  restart(): void;
  /** Asks it to stop and kills it when `graceMs` is over or `hurry` aborts. */
  stop(graceMs: number, hurry?: AbortSignal): Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** Who lived this long has started well; the next death begins with a short pause again. */
const SETTLED_MS = 30_000;

export const sayExit = ({ code, signal }: Exit): string => (signal ? `killed by ${signal}` : `exit code ${code ?? 'unknown'}`);

export function keepRunning(spec: ProcessSpec, keeper: Keeper): KeptProcess {
  let child: ChildProcess | undefined;
  let ready = false;
  let lastExit: Exit | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let pause: NodeJS.Timeout | undefined;
  let asked: 'restart' | 'stop' | undefined;
  let gone: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;

  const start = () => {
    const startedAt = performance.now();
    pause = undefined;
    ready = false;
    let over: () => void = () => undefined;
    gone = new Promise((resolve) => (over = resolve));
    child = launch(spec, keeper.sentinel, (exit) => {
      child = undefined;
      lastExit = exit;
      over();
      if (asked === 'stop') return;
      if (performance.now() - startedAt > SETTLED_MS) pauseMs = FIRST_PAUSE_MS;
      if (asked === 'restart') return start();
      keeper.say(`${spec.name} died (${sayExit(exit)}); starting it again`);
      pause = setTimeout(start, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    });
    child.on('message', (message) => {
      if (isReadyMessage(message)) ready = true;
    });
    asked = undefined;
  };
  start();

  return {
    name: spec.name,
    pid: () => child?.pid,
    isReady: () => child !== undefined && ready,
    lastExit: () => lastExit,
    restart: () => {
      if (asked !== undefined || child === undefined) return;
      asked = 'restart';
      child.kill(spec.stopSignal);
    },
    stop: (graceMs, hurry) => {
      asked = 'stop';
      clearTimeout(pause);
      stopped ??= child === undefined ? Promise.resolve() : end(child, spec.stopSignal, { gone, graceMs, hurry });
      return stopped;
    },
  };
}

const isReadyMessage = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready';

interface Ending {
  readonly gone: Promise<void>;
  readonly graceMs: number;
  readonly hurry: AbortSignal | undefined;
}

async function end(child: ChildProcess, signal: NodeJS.Signals, { gone, graceMs, hurry }: Ending): Promise<void> {
  const kill = () => void child.kill('SIGKILL');
  const timer = setTimeout(kill, graceMs);
  hurry?.addEventListener('abort', kill, { once: true });
  if (hurry?.aborted) kill();
  else child.kill(signal);
  await gone;
  clearTimeout(timer);
  hurry?.removeEventListener('abort', kill);
}

/** Starts the child in a session of its own, so that a Ctrl-C reaches the supervisor alone and the order of stopping is its. */
function launch(spec: ProcessSpec, sentinel: Sentinel, onEnd: (exit: Exit) => void): ChildProcess {
  const { name, command, args, cwd, user, order, stopSignal, onLine } = spec;
  const child = spawn(command, args, {
    env: spec.linked ? { ...spec.env, SLUICE_SUPERVISED: '1' } : spec.env,
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(spec.linked ? ['ipc' as const] : [])],
  });
  const { pid } = child;
  if (pid !== undefined) sentinel.watch(pid, order, stopSignal);
  for (const output of ['stdout', 'stderr'] as const) {
    const input = child[output];
    if (input) createInterface({ input }).on('line', (line) => onLine(line, output));
  }
  let over = false;
  const end = (exit: Exit) => {
    if (over) return;
    over = true;
    if (pid !== undefined) sentinel.forget(pid);
    onEnd(exit);
  };
  child.once('error', (error) => {
    onLine(`${name}: ${error.message}`, 'stderr');
    if (pid === undefined) end({ code: null, signal: null });
  });
  child.once('exit', (code, signal) => end({ code, signal }));
  return child;
}
