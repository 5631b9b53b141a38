/**
 * Runs dispatched attempts until it is stopped.
 *
 * Stopping has two steps: `quiet` takes no more; what runs has the grace to finish, and the rest is given up and handed
 * back, since it is worse to lose a job than to run it twice.
 */
import type { CancelReason, Logger, Part } from '@sluice/domain';
import type { Dispatch, DispatchOptions, Granted } from '@sluice/queue';
import { makeAttempt } from './attempt.ts';
import { openControl, type Control } from './control.ts';
import type { Tools } from './tools.ts';

export interface WorkerOptions {
  readonly tools: Omit<Tools, 'dispatch'>;
  readonly startDispatch: (options: DispatchOptions) => Promise<Dispatch>;
  /** Unique per process start. */
  readonly worker: string;
  readonly slots: number;
  readonly graceMs: number;
}

export interface Worker extends Part {
  /** Attempts being made now. */
  readonly running: () => number;
}

/** How long attempts that were given up have to record that. */
const HAND_BACK_MS = 5_000;

export async function startWorker({ tools, startDispatch, worker, slots, graceMs }: WorkerOptions): Promise<Worker> {
  const running = new Map<Promise<void>, Running>();
  let stopped: Promise<void> | undefined;

  const handle = (granted: Granted): Promise<void> => {
    const control = openControl();
    // The first attempt may be delivered before the opening has resolved.
    const attempt = opening.then((dispatch) => makeAttempt({ ...tools, dispatch }, granted, control)).catch((error: unknown) => {
      // Redelivery takes it from here; without this line nobody would know why.
      tools.log.error({ error, job: granted.j, attempt: granted.a }, 'attempt could not be recorded');
      throw error;
    });
    running.set(attempt, { job: granted.j, control });
    const forget = (): void => void running.delete(attempt);
    attempt.then(forget, forget);
    return attempt;
  };
  const onCancel = (job: string, by: CancelReason): void => {
    for (const one of running.values()) if (one.job === job) one.control.giveUp({ kind: 'cancelled', by });
  };

  const opening = startDispatch({ worker, slots, handle, onCancel });
  const dispatch = await opening;

  return {
    running: () => running.size,
    stop: () => (stopped ??= stop({ dispatch, running, graceMs, log: tools.log })),
  };
}

interface Running {
  readonly job: string;
  readonly control: Control;
}

interface Stopping {
  readonly dispatch: Dispatch;
  readonly running: ReadonlyMap<Promise<void>, Running>;
  readonly graceMs: number;
  readonly log: Logger;
}

async function stop({ dispatch, running, graceMs, log }: Stopping): Promise<void> {
  await dispatch.quiet();
  if (!await settledWithin([...running.keys()], graceMs)) {
    log.warn({ attempts: running.size }, 'grace is over: attempts are handed back');
    for (const { control } of running.values()) control.giveUp({ kind: 'stopping' });
    await settledWithin([...running.keys()], HAND_BACK_MS);
  }
  await dispatch.stop();
}

async function settledWithin(promises: readonly Promise<void>[], ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([Promise.allSettled(promises).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
