/**
 * The epoch of Redis: how a process finds out that Redis has lost its memory, and what it does about it. What this process
 * wrote to the journal a moment ago may not have been drained; it is written again, which changes nothing where it was.
 */
import { randomUUID } from 'node:crypto';
import type { JournalRecord } from '@sluice/domain';
import { EPOCH } from './lua/attempt.ts';
import { parseInfo, type OpenQueue } from './open.ts';
import type { Epoch } from './kept-port.ts';
import { run } from './script.ts';

/** Longer than a drain takes while Postgres is there, and how many records that may be. */
const RECENT_MS = 10_000;
const RECENT_AT_MOST = 5_000;

/** What this process wrote to the journal lately. */
export interface Recent {
  add(record: JournalRecord): void;
  all(): readonly JournalRecord[];
}

export function openRecent(): Recent {
  let written: { readonly at: number; readonly record: JournalRecord }[] = [];
  return {
    add(record) {
      written.push({ at: performance.now(), record });
      if (written.length > 2 * RECENT_AT_MOST) written = written.slice(-RECENT_AT_MOST);
    },
    all() {
      const since = performance.now() - RECENT_MS;
      return written.filter(({ at }) => at >= since).map(({ record }) => record);
    },
  };
}

export async function readEpoch({ redis, keys, clock }: OpenQueue): Promise<Epoch> {
  const server = parseInfo(await redis.info('server')).get('run_id') ?? '';
  const [name, beganAt, kept] = (await run(redis, EPOCH, [keys.epoch], [server, randomUUID(), Math.round(clock.now())])) as [string, string, string]; // the script's contract
  return { name, beganAt: Number(beganAt), isEmpty: kept === '0' };
}

/** Looks for a new epoch; `lost` is asked to put back what this process holds of the old one, before anything else. */
export function followEpoch(queue: OpenQueue, lost: () => Promise<void>): () => Promise<Epoch> {
  const { redis, keys, recent, log } = queue;
  let seen: string | undefined;
  return async () => {
    const epoch = await readEpoch(queue);
    if (seen !== undefined && seen !== epoch.name) {
      log.warn({ epoch: epoch.name }, 'Redis has lost its memory, or may have lost the end of it; what is known here is put back');
      await lost();
      const again = redis.pipeline();
      for (const record of recent.all()) again.xadd(keys.journal, '*', 'r', JSON.stringify(record));
      await again.exec();
    }
    seen = epoch.name;
    return epoch;
  };
}
