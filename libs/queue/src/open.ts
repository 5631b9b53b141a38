/** One connection to Redis with its clock: what every role is opened on. */
import type { Logger } from '@sluice/domain';
import { Redis } from 'ioredis';
import { startClock, type RedisClock } from './clock.ts';
import { openRecent, type Recent } from './epoch.ts';
import { keysOf, type Keys } from './keys.ts';
import type { Commit } from './kept-port.ts';
import type { Queue, QueueOptions } from './ports.ts';
import { loadScripts } from './script.ts';

const PING_WITHIN_MS = 2_000;

/** A queue as the roles of this library see it. */
export interface OpenQueue extends Queue {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly clock: RedisClock;
  readonly log: Logger;
  readonly commit: Commit;
  readonly recent: Recent;
  /** A further connection, for subscriptions and blocking reads; closed with the queue. */
  connect(): Redis;
}

/** Opens a connection, loads the scripts, reads the clock. Rejects when Redis does not answer within 10 s. */
export async function openQueue({ url, prefix = 'sluice:v1', failFast = false, log, commit = nowhere }: QueueOptions): Promise<OpenQueue> {
  const open = new Set<Redis>();
  const connect = (options: { failFast?: boolean; gather?: boolean } = {}): Redis => {
    const redis = new Redis(url, {
      maxRetriesPerRequest: options.failFast ? 0 : null,
      enableOfflineQueue: !options.failFast,
      lazyConnect: true,
      // What is asked for in one turn of the event loop goes out in one write: writes are what a busy process pays most for.
      enableAutoPipelining: options.gather ?? false,
      retryStrategy: (times) => Math.min(50 * times, 1_000),
    });
    redis.on('error', (error: Error) => log.warn({ error: error.message }, 'redis connection'));
    open.add(redis);
    return redis;
  };
  const redis = connect({ failFast, gather: true });
  await within(10_000, redis.connect(), `Redis at ${new URL(url).host} does not answer`);
  await loadScripts(redis);
  redis.on('ready', () => void loadScripts(redis).catch((error: unknown) => log.warn({ error }, 'redis scripts not loaded')));
  const clock = await startClock(redis);
  const keys = keysOf(prefix, redis.options.db ?? 0);
  let subscriber: Redis | undefined;

  return {
    prefix, redis, keys, clock, log, commit, recent: openRecent(),
    connect: () => connect(),
    now: clock.now,
    ping: async () => { await within(PING_WITHIN_MS, redis.ping(), 'Redis does not answer'); },
    complaints: () => complaintsOf(redis),
    setCircuit: async (connection, model, to) => {
      if (to === 'automatic') await redis.hdel(keys.circuits(connection), model);
      else await redis.hset(keys.circuits(connection), model, to);
    },
    announceConfiguration: async (version) => { await redis.publish(keys.channels.configuration, String(version)); },
    onConfiguration: async (listener) => {
      subscriber ??= connect();
      subscriber.on('message', (_channel, message) => listener(Number(message)));
      await subscriber.subscribe(keys.channels.configuration);
    },
    stop: async () => {
      clock.stop();
      for (const each of open) each.disconnect();
      open.clear();
    },
  };
}

/** Whoever opens a queue without Postgres is given no kept job. */
const nowhere: Commit = ({ job }) => Promise.reject(new Error(`${job.id} is kept, and this process cannot tell Postgres of its end`));

/** Rejects with `what` when the promise takes longer. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), ms); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `INFO` as a map. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\r\n').filter((line) => line.includes(':')).map((line) => {
    const cut = line.indexOf(':');
    return [line.slice(0, cut), line.slice(cut + 1)];
  }));
}

async function complaintsOf(redis: Redis): Promise<readonly string[]> {
  const info = parseInfo(await redis.info());
  const lines: string[] = [];
  if (info.get('maxmemory_policy') !== 'noeviction') {
    lines.push(`Redis evicts keys (maxmemory-policy ${info.get('maxmemory_policy')}): set it to noeviction, or waiting work can vanish`);
  }
  if (info.get('maxmemory') === '0') lines.push('Redis has no maxmemory: set one, so that a flood is refused at the door instead of killing Redis');
  if (info.get('aof_enabled') !== '1') lines.push('Redis keeps no append-only file: synchronous work is lost when it restarts (set appendonly yes)');
  return lines;
}
