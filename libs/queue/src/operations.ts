/** What operators see and do of what moves: what owners tell of their connections, who is alive, and every unfinished job. */
import { laneName, parseAttemptId, type ConnectionView, type Job } from '@sluice/domain';
import { laneOf } from './lanes.ts';
import type { OpenQueue } from './open.ts';
import { parsePermits } from './permits.ts';

/** An unfinished job, and where it stands. */
export interface LiveJob {
  readonly job: Job;
  readonly state: 'queued' | 'running';
  readonly lane: string;
}

/** How many processes of each kind are alive, and what the workers can do at once. */
export interface Processes {
  readonly ingresses: number;
  readonly schedulers: number;
  readonly workers: number;
  readonly slots: number;
  readonly freeSlots: number;
}

export interface Operations {
  /** By connection; what its owner told within the last seconds, null where nobody owns it. One round trip whatever the number. */
  views(connections: readonly string[]): Promise<ReadonlyMap<string, ConnectionView | null>>;
  processes(): Promise<Processes>;
  /** Every job that waits for a connection or runs on it, in pages; one that ends meanwhile may be among them. */
  unfinished(connection: string): AsyncGenerator<readonly LiveJob[]>;
  /** One job; undefined: Redis knows nothing of it. */
  live(job: string): Promise<LiveJob | undefined>;
  /** Its place in its lane, 0 is the head; null: it does not wait there. */
  placeInLane(job: LiveJob): Promise<number | null>;
}

const PAGE = 500;
const ALIVE_MS = 5_000;

export function openOperations(queue: OpenQueue): Operations {
  const { redis, keys, clock } = queue;
  return {
    async views(connections) {
      if (connections.length === 0) return new Map();
      const texts = await redis.mget(connections.map(keys.view));
      return new Map(connections.map((connection, index) => [connection, parseView(texts[index] ?? null)]));
    },
    async processes() {
      const since = Math.round(clock.now()) - ALIVE_MS;
      const [ingresses, schedulers, workers] = await Promise.all([
        redis.zcount(keys.ingresses, since, '+inf'), redis.zcount(keys.schedulers, since, '+inf'), redis.hvals(keys.workers),
      ]);
      const alive = workers.map((text) => text.split(' ').map(Number)).filter(([, , at = 0]) => at >= since);
      const sum = (field: 0 | 1) => alive.reduce((total, each) => total + (each[field] ?? 0), 0);
      return { ingresses, schedulers, workers: alive.length, slots: sum(0), freeSlots: sum(1) };
    },
    async *unfinished(connection) {
      for (const lane of await redis.zrange(keys.active(connection), '0', '-1')) {
        // Read whole before the first is touched: whoever cancels them moves the others up.
        const ids = await redis.zrange(`${keys.lane(lane)}:prioritized`, '0', '-1');
        yield* pages(queue, ids.map((id) => ({ id: parseAttemptId(id).job, lane })));
      }
      const permits = parsePermits(Object.entries(await redis.hgetall(keys.permits(connection))).flat());
      yield* pages(queue, permits.filter(({ state }) => state.kind === 'granted' || state.kind === 'claimed' || state.kind === 'sent')
        .map(({ granted }) => ({ id: granted.j, lane: granted.l })));
    },
    live: async (job) => (await read(queue, [{ id: job, lane: '' }]))[0],
    async placeInLane({ job, lane }) {
      const attempt = await redis.hget(keys.job(job.id), 'attempt');
      return redis.zrank(`${keys.lane(lane)}:prioritized`, `${job.id}-${attempt ?? 1}`);
    },
  };
}

const parseView = (text: string | null): ConnectionView | null => {
  const view = text === null ? null : (JSON.parse(text) as ConnectionView); // written by publishView, versioned
  return view?.v === 1 ? view : null;
};

interface Place {
  readonly id: string;
  readonly lane: string;
}

async function* pages(queue: OpenQueue, places: readonly Place[]): AsyncGenerator<readonly LiveJob[]> {
  for (let start = 0; start < places.length; start += PAGE) yield await read(queue, places.slice(start, start + PAGE));
}

async function read({ redis, keys }: OpenQueue, places: readonly Place[]): Promise<readonly LiveJob[]> {
  const fields = await Promise.all(places.map(({ id }) => redis.hmget(keys.job(id), 'spec', 'state', 'route')));
  return fields.flatMap(([spec, state, route], index) => {
    if (!spec || (state !== 'queued' && state !== 'running')) return [];
    const job = JSON.parse(spec) as Job; // our own, versioned
    return [{ job, state, lane: places[index]?.lane || laneName(laneOf(job, Number(route))) }];
  });
}
