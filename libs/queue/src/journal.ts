/**
 * The journal: one Redis stream, drained by consumer groups that do not know of each other. A record is acknowledged when
 * its handler has kept it, so a store may be away for as long as the stream has room; a dead consumer's records are
 * claimed by another. What every group has handled is trimmed.
 */
import type { JournalRecord } from '@sluice/domain';
import type { Redis } from 'ioredis';
import { crashPoint } from './crash-points.ts';
import type { OpenQueue } from './open.ts';
import type { Drain, DrainOptions } from './ports.ts';
import { JOURNAL_BYTES_AT_MOST, JOURNAL_RECORD_BYTES } from './pressure.ts';

export const GROUPS = ['audit', 'metrics'] as const;

const BLOCK_MS = 2_000;
/** A pause that lets a batch gather when little is written. */
const GATHER_MS = 50;
const CLAIM_IDLE_MS = 15_000;
const UPKEEP_EVERY_MS = 5_000;
const BACKOFF_MS = { from: 200, to: 5_000 };
const SKIP_RECORDS = JOURNAL_BYTES_AT_MOST / JOURNAL_RECORD_BYTES / 10;

interface Entry { readonly id: string; readonly record: JournalRecord }

const parse = (entries: readonly [string, string[]][] | null | undefined): Entry[] =>
  (entries ?? []).filter(([, fields]) => fields).map(([id, fields]) => ({ id, record: JSON.parse(fields[1] ?? '') as JournalRecord })); // written by settle and retire

export async function startDrain(queue: OpenQueue, options: DrainOptions): Promise<Drain> {
  const { redis, keys, log } = queue;
  const reader = queue.connect();
  const stopping = new AbortController();
  await ensureGroups(redis, keys.journal);

  const handle = async (entries: readonly Entry[]) => {
    for (let backoffMs = BACKOFF_MS.from; entries.length > 0 && !stopping.signal.aborted; backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.to)) {
      try {
        await options.handle(entries.map(({ record }) => record), stopping.signal);
        crashPoint('journal:drained');
        await redis.xack(keys.journal, options.group, ...entries.map(({ id }) => id));
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.warn({ error, group: options.group, records: entries.length, againInMs: backoffMs }, 'journal records not kept yet');
        await pause(backoffMs, stopping.signal);
      }
    }
  };

  const loop = async () => {
    let upkeepAt = 0;
    while (!stopping.signal.aborted) {
      try {
        if (performance.now() >= upkeepAt) {
          upkeepAt = performance.now() + UPKEEP_EVERY_MS;
          await skipAhead(queue, options);
          await handle(await claimLeftBehind(redis, keys.journal, options));
          await trim(redis, keys.journal);
        }
        const entries = await readNew(reader, keys.journal, options);
        await handle(entries);
        if (entries.length < options.batch) await pause(GATHER_MS, stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof Error && error.message.startsWith('NOGROUP')) await ensureGroups(redis, keys.journal).catch(() => undefined); // tried again below
        log.warn({ error, group: options.group }, 'journal not readable');
        await pause(BACKOFF_MS.from, stopping.signal);
      }
    }
  };
  const looping = loop();

  return {
    caughtUp: (withinMs) => caughtUp(queue, options.group, { withinMs, signal: stopping.signal }),
    async stop() {
      stopping.abort();
      reader.disconnect();
      await looping;
    },
  };
}

async function caughtUp({ redis, keys }: OpenQueue, name: string, { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal }): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const group = (await groupsOf(redis, keys.journal)).find((each) => each.name === name);
    if (group && group.pending === 0 && group.lag === 0) return;
    if (performance.now() > until) throw new Error(`group ${name} still lags by ${group?.lag} with ${group?.pending} pending after ${withinMs} ms`);
    await pause(20, signal);
  }
}

async function readNew(reader: Redis, journal: string, { group, consumer, batch }: DrainOptions): Promise<Entry[]> {
  const answer = await reader.xreadgroup('GROUP', group, consumer, 'COUNT', batch, 'BLOCK', BLOCK_MS, 'STREAMS', journal, '>');
  const streams = answer as [string, [string, string[]][]][] | null; // one stream was asked for
  return parse(streams?.[0]?.[1]);
}

async function claimLeftBehind(redis: Redis, journal: string, { group, consumer, batch }: DrainOptions): Promise<Entry[]> {
  const [, entries] = (await redis.xautoclaim(journal, group, consumer, CLAIM_IDLE_MS, '0', 'COUNT', batch)) as [string, [string, string[]][]];
  return parse(entries);
}

async function ensureGroups(redis: Redis, journal: string): Promise<void> {
  for (const group of GROUPS) {
    await redis.xgroup('CREATE', journal, group, '0', 'MKSTREAM').catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    });
  }
}

interface Group { readonly name: string; readonly pending: number; readonly lag: number; readonly lastId: string }

async function groupsOf(redis: Redis, journal: string): Promise<Group[]> {
  const rows = (await redis.xinfo('GROUPS', journal)) as (string | number | null)[][]; // pairs of name and value
  return rows.map((row) => {
    const field = (name: string) => row[row.indexOf(name) + 1];
    return { name: String(field('name')), pending: Number(field('pending')), lag: Number(field('lag') ?? 0), lastId: String(field('last-delivered-id')) };
  });
}

const timeOf = (id: string): number => Number(id.split('-')[0]);
const older = (a: string, b: string): string => {
  const [x = '', y = ''] = [a, b];
  return timeOf(x) < timeOf(y) || (timeOf(x) === timeOf(y) && Number(x.split('-')[1]) < Number(y.split('-')[1])) ? x : y;
};

async function trim(redis: Redis, journal: string): Promise<void> {
  const needed: string[] = [];
  for (const { name, pending, lastId } of await groupsOf(redis, journal)) {
    // The smallest id still pending; null when the last of them was acknowledged since the groups were read.
    const oldest = pending === 0 ? null : ((await redis.xpending(journal, name)) as [number, string | null])[1];
    needed.push(oldest ?? lastId);
  }
  if (needed.length > 0) await redis.xtrim(journal, 'MINID', '~', needed.reduce(older));
}

async function skipAhead({ redis, keys, log }: OpenQueue, { group, maySkip, onSkip }: DrainOptions): Promise<void> {
  if (!maySkip) return;
  const found = (await groupsOf(redis, keys.journal)).find(({ name }) => name === group);
  if (!found || found.lag < SKIP_RECORDS) return;
  const [last] = await redis.xrevrange(keys.journal, '+', '-', 'COUNT', 1);
  if (!last) return;
  await redis.xgroup('SETID', keys.journal, group, last[0]);
  log.warn({ group, records: found.lag }, 'skipped ahead in the journal; filled in later from the audit');
  onSkip?.(timeOf(found.lastId), timeOf(last[0]));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => { clearTimeout(timer); signal.removeEventListener('abort', done); resolve(); };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
