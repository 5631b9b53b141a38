/**
 * What asks a command to stop, as two signals to wait on: the first Ctrl-C or SIGTERM asks to stop, a second press asks to
 * hurry. The death of the npm that started us asks to stop as well: nobody could reach us by it any more.
 */

export interface StopSignals {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

/** One press arrives more than once: from the terminal, and passed on by npm. Within this time it counts as one. */
const ONE_PRESS_MS = 500;
const LOOK_AT_PARENT_MS = 500;

export function onStopSignals(env: NodeJS.ProcessEnv): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    first ??= performance.now();
    stop.abort();
    if (performance.now() - first > ONE_PRESS_MS) hurry.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // Started by hand, with nohup say, the parent is a shell that may go.
  if (env['npm_lifecycle_event']) watchParent(() => stop.abort());
  return { stop: stop.signal, hurry: hurry.signal };
}

function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, LOOK_AT_PARENT_MS);
  timer.unref();
}
