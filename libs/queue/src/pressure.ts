/** Whether new work may be taken, from what Redis has left. Looked at once a second; never on the hot path. */
import { parseInfo, type OpenQueue } from './open.ts';
import type { Pressure } from './ports.ts';

const LOOK_EVERY_MS = 1_000;
/** At this share of maxmemory no new work is taken, so that settling what runs always has room. */
const MEMORY_SHARE = 0.8;
/** Waiting bodies may take this share of maxmemory. */
const BODIES_SHARE = 0.25;
export const JOURNAL_BYTES_AT_MOST = 512 * 1024 * 1024;
/** Measured: one record with its entry. */
export const JOURNAL_RECORD_BYTES = 900;

export function startPressure(queue: OpenQueue, ownBytes: () => number): { now(): Pressure; stop(): void } {
  let current: Pressure = { kind: 'none' };
  const look = async () => { current = await pressureOf(queue, ownBytes()); };
  const timer = setInterval(() => {
    look().catch(() => { current = { kind: 'unavailable', reason: 'Redis does not answer' }; });
  }, LOOK_EVERY_MS);
  timer.unref();
  return { now: () => current, stop: () => clearInterval(timer) };
}

async function pressureOf({ redis, keys }: OpenQueue, ownBytes: number): Promise<Pressure> {
  const [info, journal, others] = await Promise.all([redis.info('memory'), redis.xlen(keys.journal), redis.hvals(`${keys.ingresses}:bytes`)]);
  const memory = parseInfo(info);
  const used = Number(memory.get('used_memory'));
  const maximum = Number(memory.get('maxmemory'));
  if (maximum > 0 && used > maximum * MEMORY_SHARE) return { kind: 'unavailable', reason: 'Redis is nearly full' };
  if (journal * JOURNAL_RECORD_BYTES > JOURNAL_BYTES_AT_MOST) return { kind: 'unavailable', reason: 'the journal is full: is Postgres away?' };
  const waiting = Math.max(ownBytes, others.reduce((sum, bytes) => sum + Number(bytes), 0));
  if (maximum > 0 && waiting > maximum * BODIES_SHARE) return { kind: 'queue_full', reason: 'waiting requests fill their share of memory' };
  return { kind: 'none' };
}
