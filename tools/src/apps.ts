/** The processes of an installation besides its stores: the three apps, and the simulator where the demo needs it. */
import { join } from 'node:path';
import { SIMULATOR_LIMITS } from './demo.ts';
import { calmly, worthShowing } from './echo.ts';
import type { KeptProcess, Keeper } from './processes/kept-process.ts';
import { keepRunning } from './processes/kept-process.ts';
import { waitUntil } from './processes/wait-until.ts';
import { CONFIGURATION_EXIT } from './settings.ts';

export interface Surroundings extends Keeper {
  /** What every app is started with. */
  readonly env: NodeJS.ProcessEnv;
  readonly logTo: (name: string) => (line: string) => void;
  readonly logFolder: string;
  /** Port for the simulator; null: none is needed. */
  readonly simulatorPort: number | null;
}

export interface Apps {
  readonly all: readonly KeptProcess[];
  /** In order: nothing new is let in, then the rest ends what it has begun. */
  stop(hurry: AbortSignal): Promise<void>;
}

export const APP_NAMES = ['ingress', 'scheduler', 'worker'] as const;
/** For all of them together; then they are killed. */
const GRACE_MS = 20_000;

export function startApps(surroundings: Surroundings): Apps {
  const { simulatorPort } = surroundings;
  const simulator =
    simulatorPort === null
      ? []
      : [
          startOne(surroundings, 'simulator', [
            join('libs', 'testkit', 'dist', 'simulator', 'main.js'),
            '--port',
            String(simulatorPort),
            '--limits',
            SIMULATOR_LIMITS,
          ]),
        ];
  const all = [...APP_NAMES.map((name) => startOne(surroundings, name, [join('apps', name, 'dist', 'main.js')])), ...simulator];
  return {
    all,
    stop: async (hurry) => {
      const end = performance.now() + GRACE_MS;
      for (const app of all) await app.stop(Math.max(0, end - performance.now()), hurry);
    },
  };
}

function startOne({ env, logTo, logFolder, say, sentinel }: Surroundings, name: string, args: readonly string[]): KeptProcess {
  const log = logTo(name);
  const show = calmly(
    (line) => say(`${name}: ${line}`),
    `more of this in ${join(logFolder, `${name}.log`)}`,
    () => performance.now(),
  );
  return keepRunning(
    {
      name,
      command: process.execPath,
      args,
      env,
      order: 'app',
      stopSignal: 'SIGTERM',
      linked: true,
      onLine: (line, output) => {
        log(line);
        const shown = worthShowing(line, output);
        if (shown !== undefined) show(shown);
      },
    },
    { say, sentinel },
  );
}

export type Readiness = 'ready' | 'stopped' | { readonly problem: string };

const READY_MS = 60_000;
const SIGN_OF_LIFE_MS = 5_000;
const NO_ANSWER = 'no answer from ingress yet';

/** Waits until ingress reaches what it needs and the others say that they have begun, so that the first call need not wait. */
export async function untilReady(
  apps: Apps,
  url: string,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
): Promise<Readiness> {
  const misconfigured = () => apps.all.find((app) => app.lastExit()?.code === CONFIGURATION_EXIT);
  let answer = NO_ANSWER;
  const sign = setInterval(() => say(`waiting: ${answer}`), SIGN_OF_LIFE_MS);
  const check = async () => {
    const waiting = apps.all.filter(({ name, isReady }) => (name === 'scheduler' || name === 'worker') && !isReady());
    answer = waiting.length > 0 ? `${waiting.map(({ name }) => name).join(' and ')} not ready` : await askReady(url);
    return answer === 'ready';
  };
  const ready = await waitUntil(check, {
    forMs: READY_MS,
    everyMs: 50,
    unless: () => signal.aborted || misconfigured() !== undefined,
  });
  clearInterval(sign);
  if (signal.aborted) return 'stopped';
  if (ready) return 'ready';
  const app = misconfigured();
  return { problem: app ? `${app.name} refuses its configuration` : `not ready after ${READY_MS / 1000} s: ${answer}` };
}

/** `ready`, or what it said instead, on one line. */
async function askReady(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const text = await answer.text();
    return answer.status === 200 ? 'ready' : `${answer.status} ${text.replaceAll(/\s+/g, ' ').slice(0, 200)}`;
  } catch {
    return NO_ANSWER; // not listening: asked again until the time is up
  }
}
