/** Stops everything that was opened, last opened first, when the process is told to end. */
import type { Logger, Part } from '@sluice/domain';

export interface Stops {
  /** Remembers the part for stopping. */
  opened<P extends Part>(name: string, part: P | Promise<P>): Promise<P>;
  readonly stopping: () => boolean;
}

export interface StopsOptions {
  readonly log: Logger;
  /** The process that started this one is gone when the channel to it is: then this one ends as well. */
  readonly supervised: boolean;
}

/** Longer than any part's own grace: then something hangs, and only ending the process helps. */
const LONGEST_STOP_MS = 45_000;

export function openStops({ log, supervised }: StopsOptions): Stops {
  const parts: { readonly name: string; readonly part: Part }[] = [];
  let stopping = false;

  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => {
      log.error({}, 'did not stop in time');
      process.exit(1);
    }, LONGEST_STOP_MS).unref();
    void stopAll().then((clean) => process.exit(clean ? 0 : 1));
  };

  const stopAll = async (): Promise<boolean> => {
    let clean = true;
    for (const { name, part } of parts.toReversed()) {
      try {
        await part.stop();
      } catch (error) {
        clean = false;
        log.error({ error, part: name }, 'did not stop cleanly');
      }
    }
    return clean;
  };

  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  if (supervised) process.once('disconnect', () => stop('the supervisor is gone'));

  return {
    async opened(name, part) {
      const ready = await part;
      parts.push({ name, part: ready });
      return ready;
    },
    stopping: () => stopping,
  };
}
