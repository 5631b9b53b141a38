/** What a scheduler does with Redis: lease, look, grant, withdraw, retire. The contract stands in ports.ts. */
import { attemptId, type Heard, type Ticket } from '@sluice/domain';
import { crashPoint } from './crash-points.ts';
import { followEpoch } from './epoch.ts';
import { answerQuestion, parseQuestion } from './explanations.ts';
import { memberOf, parseMember, storedLaneOptions } from './lanes.ts';
import { readLearned } from './learned.ts';
import { ACQUIRE, FORGET_LANES, GRANT, LEND, LOOK, RENEW, RESTORE, SAVE_FENCED, TAKE_OVER, WITHDRAW } from './lua/owner.ts';
import type { OpenQueue } from './open.ts';
import { tellOpenCircuits } from './open-circuits.ts';
import { dispatchId, parsePermits, parsePermitState, writtenState } from './permits.ts';
import type { Granted, LaneLook, Ownership, Report, SchedulerOptions, SchedulerRole, Settlement, WorkerSlots, Woken } from './ports.ts';
import { retireJob } from './retire.ts';
import { run } from './script.ts';
import { sweep } from './sweep.ts';

const REPORTS_AT_MOST = 2_000;
const LANE_IDLE_MS = 60_000;
const ALIVE_MS = 3_500;
const OUTLOOK_KEEP_MS = 5_000;
/** Longer than a connection rests in most installations: what a provider allows is learned again by a refusal. */
const HEARD_KEEP_MS = 7 * 86_400_000;
const DISPATCH_OPTIONS = JSON.stringify({ removeOnComplete: true, removeOnFail: true, attempts: 0 });

export async function openScheduler(queue: OpenQueue, options: SchedulerOptions): Promise<SchedulerRole> {
  const { redis, keys, clock } = queue;
  const wakePrefix = keys.channels.wake('');
  const subscriber = queue.connect();
  subscriber.on('message', (channel, message) => options.onWake(channel.slice(wakePrefix.length), parseWoken(message)));
  await subscriber.connect();
  const beat = () => redis.zadd(keys.schedulers, Math.round(clock.now()), options.scheduler);
  const beating = setInterval(() => void beat().catch(() => undefined), 1_000); // best effort: missed beats show as absence
  await beat();

  return {
    scheduler: options.scheduler,
    async acquire(connection, leaseMs): Promise<Ownership | undefined> {
      const fence = Number(await run(redis, ACQUIRE, [keys.lease(connection), keys.fence(connection)], [options.scheduler, leaseMs]));
      if (fence === 0) return undefined;
      await subscriber.subscribe(keys.channels.wake(connection));
      return { connection, fence };
    },
    renew: async (owned, leaseMs) => (await run(redis, RENEW, [keys.lease(owned.connection)], [owned.fence, leaseMs])) === 1,
    async release(owned) {
      await subscriber.unsubscribe(keys.channels.wake(owned.connection));
      await run(redis, RENEW, [keys.lease(owned.connection)], [owned.fence, 0]);
    },
    async takeOver({ connection, fence }) {
      const flat = await run(redis, TAKE_OVER, [keys.lease(connection), keys.permits(connection), keys.inbox(connection)], [fence]);
      return Array.isArray(flat) ? parsePermits(flat as string[]) : undefined;
    },
    loadHeard: async (connection) => (await redis.get(keys.heard(connection))) ?? undefined,
    saveHeard: async ({ connection, fence }, text) =>
      (await run(redis, SAVE_FENCED, [keys.lease(connection), keys.heard(connection)], [fence, text, HEARD_KEEP_MS])) === 1,
    async circuits(connection) {
      const held = Object.entries(await redis.hgetall(keys.circuits(connection)));
      return new Map(held.map(([model, to]) => [model, to === 'open' ? 'open' : 'closed'] as const));
    },
    tellOpenCircuits: (connection, models) => tellOpenCircuits(queue, connection, { at: Math.round(clock.now()), models }),
    activeLanes: (connection) => redis.zrange(keys.active(connection), '0', '-1'),
    async look({ connection, fence }, lanes, heads) {
      const answer = await run(redis, LOOK, [keys.lease(connection), keys.inbox(connection)],
        [fence, REPORTS_AT_MOST, heads, ...lanes.map(keys.lane)]);
      if (!Array.isArray(answer)) return undefined;
      const [reports, found] = answer as [string[], (string | number)[][]]; // the script's contract
      return { reports: reports.map(parseReport), lanes: found.map((fields, index) => parseLook(lanes[index] ?? '', fields)) };
    },
    async grant({ connection, fence }, grants) {
      const moved = await run(redis, GRANT, [keys.lease(connection), keys.permits(connection), keys.expiry(connection), keys.dispatch], [
        fence, DISPATCH_OPTIONS, Math.round(clock.now()),
        ...grants.flatMap((granted) => {
          const [id, text] = [attemptId(granted.j, granted.a), JSON.stringify(granted)];
          return [keys.lane(granted.l), id, memberOf(granted.l, id), granted.g, text, dispatchId(granted), text];
        }),
      ]);
      crashPoint('grant:moved');
      return Array.isArray(moved) ? moved.map((one) => one === 1) : undefined;
    },
    async withdraw({ connection, fence }, grants) {
      const found = await run(redis, WITHDRAW,
        [keys.lease(connection), keys.permits(connection), keys.expiry(connection), keys.dispatch, keys.active(connection)], [
          fence, storedLaneOptions, Math.round(clock.now()),
          ...grants.flatMap((granted) => {
            const id = attemptId(granted.j, granted.a);
            return [granted.g, dispatchId(granted), keys.lane(granted.l), granted.l, id, granted.sc, JSON.stringify(ticketIn(granted)), memberOf(granted.l, id), granted.s];
          }),
        ]);
      return Array.isArray(found) ? found.map((state) => (state === '' ? 'withdrawn' : parsePermitState(String(state)).kind)) : undefined;
    },
    async retire(connection, entries, retirement) {
      const ended = await Promise.all(entries.map((entry) => retireJob(queue, { connection, ...entry }, retirement)));
      return ended.filter(Boolean).length;
    },
    overdue: async (connection, limit) =>
      (await redis.zrangebyscore(keys.expiry(connection), '-inf', Math.floor(clock.now()), 'LIMIT', 0, limit)).map(parseMember),
    unclaimedOrphans: async (connection, limit) =>
      (await redis.zrangebyscore(keys.parked(connection), '-inf', Math.floor(clock.now()), 'LIMIT', 0, limit)).map(parseMember),
    sweep: () => sweep(queue),
    async forgetPermits({ connection }, grants) {
      if (grants.length > 0) await redis.hdel(keys.permits(connection), ...grants.flatMap((grant) => [String(grant), `${grant}:s`]));
    },
    async forgetLanes({ connection, fence }) {
      const before = Math.round(clock.now()) - LANE_IDLE_MS;
      return (await run(redis, FORGET_LANES, [keys.lease(connection), keys.active(connection)], [fence, before, keys.queues])) as string[]; // the script's contract
    },
    slots: async () => slotsOf(await redis.hvals(keys.workers), clock.now()),
    schedulers: () => redis.zrangebyscore(keys.schedulers, Math.round(clock.now()) - ALIVE_MS, '+inf'),
    async unowned(connections) {
      const held = await Promise.all(connections.map((connection) => redis.exists(keys.lease(connection))));
      return new Set(connections.filter((_, index) => held[index] === 0));
    },
    epoch: followEpoch(queue, () => Promise.resolve()),
    async restorePermits({ connection, fence }, permits) {
      const fields = permits.flatMap(({ granted, state }) => [granted.g, JSON.stringify(granted), writtenState(state)]);
      return (await run(redis, RESTORE, [keys.lease(connection), keys.permits(connection)], [fence, ...fields])) === 1;
    },
    publishOutlook: async ({ connection, fence }, outlook) =>
      (await run(redis, SAVE_FENCED, [keys.lease(connection), keys.eta(connection)], [fence, JSON.stringify(outlook), OUTLOOK_KEEP_MS])) === 1,
    async lendShared({ connection, fence }, asks) {
      const parts = await Promise.all(asks.map(({ limit, amount, keepMs, taken, wanted, lent }) => run(redis, LEND, [keys.lease(connection), keys.shared(limit), keys.epoch],
        [fence, connection, amount, taken, wanted, lent, Math.round(clock.now()), keepMs])));
      return parts.some((part) => part === null) ? undefined : parts.map(Number);
    },
    answer: (owned, answer) => answerQuestion(queue, owned, answer),
    async publishView(connection, view) { await redis.set(keys.view(connection), JSON.stringify(view), 'PX', OUTLOOK_KEEP_MS); },
    async saveLearned(entries) {
      if (entries.length === 0) return;
      await redis.hset(keys.learned, Object.fromEntries(entries.map(({ connection, model, learned }) => [`${connection}|${model}`, JSON.stringify(learned)])));
    },
    loadLearned: () => readLearned(redis, keys),
    async stop() {
      clearInterval(beating);
      subscriber.disconnect();
      await redis.zrem(keys.schedulers, options.scheduler).catch(() => undefined); // best effort: goes stale by itself
    },
  };
}

/** The ticket a granted attempt had in its lane. */
function ticketIn({ v, j, a, r, m, i, o, x, n, t, s, b, k }: Granted): Ticket {
  return { v, j, a, r, m, i, o, x, n, t, s, b, ...(k === undefined ? {} : { k }) };
}

/** `i` (reports in the inbox), a question, `<lane>`, or `<lane>\n<score>\n<ticket>`. */
function parseWoken(message: string): Woken {
  if (message === 'i') return { kind: 'reports' };
  const question = parseQuestion(message);
  if (question) return { kind: 'asked', question };
  const [lane = '', score, ticket] = message.split('\n');
  if (ticket === undefined) return { kind: 'changed', lane };
  return { kind: 'joined', lane, entry: { ticket: JSON.parse(ticket) as Ticket, score: Number(score) } }; // written by add
}

const parseHeard = (text: string): Heard | null => (text === '' ? null : JSON.parse(text) as Heard); // written by reportSent

function parseReport(text: string): Report {
  const [kind, grant, ...rest] = text.split(' ');
  return kind === 's'
    ? { kind: 'sent', grant: Number(grant), arrivedAt: Number(rest[0]), heard: parseHeard(rest.slice(1).join(' ')) }
    : { kind: 'settled', grant: Number(grant), settlement: JSON.parse(rest.join(' ')) as Settlement }; // written by settle
}

function parseLook(lane: string, [waiting, ...fields]: (string | number)[]): LaneLook {
  const heads = [];
  for (let i = 0; i + 2 < fields.length; i += 3) {
    heads.push({ ticket: JSON.parse(String(fields[i + 2])) as Ticket, score: Number(fields[i + 1]) }); // written by add and withdraw
  }
  return { lane, waiting: Number(waiting), heads };
}

function slotsOf(workers: readonly string[], now: number): WorkerSlots {
  const alive = workers.map((text) => text.split(' ').map(Number)).filter(([, , at]) => now - (at ?? 0) < ALIVE_MS);
  return { total: alive.reduce((sum, [total]) => sum + (total ?? 0), 0), free: alive.reduce((sum, [, free]) => sum + (free ?? 0), 0) };
}

