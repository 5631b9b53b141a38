/**
 * The configuration as this process holds it: an immutable snapshot, replaced whole. It is right within a poll of any
 * change, and at once when somebody tells it; while Postgres is away the last good one stays in force.
 */
import type { Logger, Part, Snapshot } from '@sluice/domain';
import type { Store } from './store.ts';

export interface ConfigurationOptions {
  readonly store: Pick<Store, 'configurationVersion' | 'readSnapshot'>;
  readonly log: Logger;
  readonly pollMs?: number;
  /** Of every later snapshot, in order, never of the first. Must not throw. */
  readonly onChange?: (snapshot: Snapshot) => void;
}

export interface Configuration extends Part {
  snapshot(): Snapshot;
  /** Looks now. Resolves when the snapshot is at least as new as Postgres was at the call, or Postgres is away. */
  refresh(): Promise<void>;
}

/** Rejects when there is nothing to begin with: without configuration a process has nothing to do. */
export async function startConfiguration({ store, log, pollMs = 2_000, onChange }: ConfigurationOptions): Promise<Configuration> {
  let snapshot = await store.readSnapshot();
  let away = false;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      // Not `>`: a database put back from a copy may have an older one.
      if ((await store.configurationVersion()) !== snapshot.version) adopt(await store.readSnapshot());
      if (away) log.info({ version: snapshot.version }, 'configuration can be read again');
      away = false;
    } catch (error) {
      const fields = { reason: String(error), version: snapshot.version };
      // Once for each time it goes away, not once a poll.
      if (!away && !stopped) log.warn(fields, 'configuration cannot be read: the last one stays in force');
      away = true;
    }
  }

  function adopt(next: Snapshot): void {
    if (stopped) return;
    snapshot = next;
    log.info({ version: next.version }, 'configuration changed');
    onChange?.(next);
  }

  /** One look at a time; a call during one is answered by the next, which all such calls share. */
  function refresh(): Promise<void> {
    queued ??= running.then(() => {
      queued = undefined;
      running = stopped ? Promise.resolve() : look();
      return running;
    });
    return queued;
  }

  function poll(): void {
    if (stopped) return;
    timer = setTimeout(() => void refresh().then(poll), pollMs);
  }

  poll();
  return {
    snapshot: () => snapshot,
    refresh,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
