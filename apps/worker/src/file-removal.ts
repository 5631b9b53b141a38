/** Removes the bytes of files that nobody can use any more: deleted, expired, or left behind by an upload whose process died. */
import type { ChunkStore, Logger, Part } from '@sluice/domain';
import type { FileVerbs } from '@sluice/store';

const EVERY_MS = 60_000;

export function startFileRemoval({ files, chunks, log }: { readonly files: FileVerbs; readonly chunks: ChunkStore; readonly log: Logger }): Part {
  let stopped = false;
  const look = async (): Promise<void> => {
    for (const id of await files.removable()) {
      if (stopped) return;
      await chunks.remove(id);
      await files.forget(id); // last, so that what was not removed is found again
    }
  };
  const again = () => look().catch((error: unknown) => log.warn({ error }, 'files could not be removed; tried again in a minute'));
  let running = again();
  const timer = setInterval(() => { running = running.then(again); }, EVERY_MS);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
