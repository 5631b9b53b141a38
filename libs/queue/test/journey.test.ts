/** A job's way through Redis, role by role, and what happens when two want the same. */
import { laneName, type Frame } from '@sluice/domain';
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laneOf } from '../src/lanes.ts';
import { openDoor, openScheduler, startDispatch, startDrain, type Claim, type Dispatch, type Door, type Granted, type OpenQueue, type SchedulerRole } from '../src/index.ts';
import { dispatching, endedOf, error, frame, grantOf, head, jobAt, open } from './support.ts';

let queue: OpenQueue;
let door: Door;
let role: SchedulerRole;
let dispatch: Dispatch;
const frames: Frame[] = [];
const handed: Granted[] = [];
const wakes: (string | undefined)[] = [];
/** What the test wants done with a dispatched attempt; by default it is left in hand. */
let handle: (granted: Granted) => Promise<void> = () => new Promise(() => undefined);

beforeAll(async () => {
  queue = await open();
  door = await openDoor(queue, { ingress: 'in_1', onFrames: (some) => frames.push(...some), onLost: () => undefined });
  role = await openScheduler(queue, { scheduler: 's_1', onWake: (_connection, woken) => wakes.push('lane' in woken ? woken.lane : undefined) });
  dispatch = await startDispatch(queue, dispatching(async (granted) => { handed.push(granted); await handle(granted); }));
});
afterAll(async () => {
  for (const part of [dispatch, role, door, queue]) await part.stop();
});

const handedTo = (job: { id: string }) => waitFor(() => handed.findLast(({ j }) => j === job.id), { withinMs: 5_000, what: 'the dispatched attempt' });

describe('a connection and its owner', () => {
  test('only one scheduler gets the lease, and a later one gets a greater fence', async () => {
    const first = await role.acquire('con_lease', 60_000);
    expect(await role.acquire('con_lease', 60_000)).toBeUndefined();
    if (!first) throw new Error('not acquired');
    await role.release(first);
    const second = await role.acquire('con_lease', 60_000);
    expect(second?.fence).toBeGreaterThan(first.fence);
    expect(await role.renew(first, 1_000)).toBe(false);
  });
});

describe('a job', () => {
  test('goes from the door through its lane and dispatch to its answer, once', async () => {
    const owned = await role.acquire('con_1', 60_000);
    if (!owned) throw new Error('not acquired');
    const job = jobAt(queue.now());
    const lane = laneName(laneOf(job, 0));
    await door.submit(job, Buffer.from('{"x":1.0}'));
    await waitFor(() => wakes.includes(lane), { withinMs: 2_000, what: 'the wake-up' });
    expect(await role.activeLanes('con_1')).toContain(lane);

    const looked = await role.look(owned, [lane], 10);
    expect(looked?.lanes[0]).toMatchObject({ lane, waiting: 1, heads: [{ ticket: { j: job.id, a: 1 } }] });
    const granted = grantOf(job, lane, { g: owned.fence + 1, sc: looked?.lanes[0]?.heads[0]?.score ?? 0 });

    const claims: Claim[] = [];
    handle = async (given) => {
      claims.push(await dispatch.claim(given), await dispatch.claim(given));
      await dispatch.publish(given, [head(job), frame(job, 2, 'two')]);
      dispatch.reportSent(given, given.ga + 5, null);
      const ended = endedOf(given, job);
      const end = { state: 'completed' as const, last: 3, attempts: 1, usage: null, error: null, route: 0, queueMs: 1 };
      expect(await dispatch.endAttempt(given, { job, ended, frames: [frame(job, 3, 'three')], end })).toBe('recorded');
      expect(await dispatch.endAttempt(given, { job, ended, frames: [], end })).toBe('refused');
      await dispatch.followUp(given, { job, ended, frames: null });
      await dispatch.followUp(given, { job, ended, frames: null });
    };
    expect(await role.grant(owned, [granted])).toEqual([true]);
    expect(await role.grant(owned, [granted])).toEqual([false]);
    expect(await role.grant({ ...owned, fence: owned.fence - 1 }, [granted])).toBeUndefined();

    await waitFor(() => frames.some(({ job: id, kind }) => id === job.id && kind === 'end'), { withinMs: 5_000, what: 'the end frame' });
    expect(claims.map(({ kind }) => kind)).toEqual(['claimed', 'abandoned']);
    expect(claims[0]).toMatchObject({ body: Buffer.from('{"x":1.0}') });
    expect(frames.filter((one) => one.job === job.id).map(({ data, kind }) => (kind === 'data' ? data.toString() : kind))).toEqual(['head', 'two', 'three', 'end']);
    const replay = await door.framesAfter(job.id, 1);
    expect(replay.map(({ data, kind }) => (kind === 'data' ? data.toString() : kind))).toEqual(['two', 'three', 'end']);

    const after = await waitFor(async () => {
      const seen = await role.look(owned, [], 1);
      return seen && seen.reports.length > 0 ? seen.reports : undefined;
    }, { withinMs: 2_000, what: 'the settlement' });
    expect(after.filter(({ kind }) => kind === 'settled')).toHaveLength(1);
    expect(await role.takeOver(owned)).toMatchObject([{ granted: { j: job.id }, state: { kind: 'settled' } }]);
    await role.release(owned);
  });

  test('that nobody claims goes back to its place, and the late claim of it is void', async () => {
    const owned = await role.acquire('con_1', 60_000);
    if (!owned) throw new Error('not acquired');
    const [first, second] = [jobAt(queue.now(), { tenant: 'late' }), jobAt(queue.now(), { tenant: 'late' })];
    const lane = laneName(laneOf(first, 0));
    await door.submit(first, Buffer.from('a'));
    await door.submit(second, Buffer.from('b'));
    const looked = await role.look(owned, [lane], 10);
    const granted = grantOf(first, lane, { g: owned.fence + 1, sc: looked?.lanes[0]?.heads[0]?.score ?? 0 });
    let claim: Promise<Claim> | undefined;
    let mayClaim = (): void => undefined;
    const waiting = new Promise<void>((resolve) => { mayClaim = resolve; });
    handle = (given) => waiting.then(() => { claim = dispatch.claim(given); return claim.then(() => undefined); });
    await role.grant(owned, [granted]);
    await handedTo(first);
    expect(await role.withdraw(owned, [granted])).toEqual(['withdrawn']);
    mayClaim();
    expect(await waitFor(() => claim, { withinMs: 2_000, what: 'the claim' })).toMatchObject({ kind: 'void' });
    const back = await role.look(owned, [lane], 10);
    expect(back?.lanes[0]?.heads.map(({ ticket }) => ticket.j)).toEqual([first.id, second.id]);

    handle = async (given) => { claim = dispatch.claim(given); await claim; };
    claim = undefined;
    const again = { ...granted, g: owned.fence + 2 };
    expect(await role.grant(owned, [again])).toEqual([true]);
    expect(await waitFor(() => claim, { withinMs: 5_000, what: 'the second claim' })).toMatchObject({ kind: 'claimed' });
    expect(await role.withdraw(owned, [again])).toEqual(['claimed']);
    await role.release(owned);
  });

  test('may be claimed for its next attempt before the one that asked for it has returned', async () => {
    const owned = await role.acquire('con_1', 60_000);
    if (!owned) throw new Error('not acquired');
    const job = jobAt(queue.now(), { tenant: 'again' });
    const lane = laneName(laneOf(job, 0));
    await door.submit(job, Buffer.from('a'));
    const grantHead = async (number: number, attempt: number) => {
      const looked = await role.look(owned, [lane], 1);
      await role.grant(owned, [grantOf(job, lane, { g: owned.fence + number, a: attempt, sc: looked?.lanes[0]?.heads[0]?.score ?? 0 })]);
    };
    let recorded: string | undefined;
    let firstReturns = (): void => undefined;
    const firstMayReturn = new Promise<void>((resolve) => { firstReturns = resolve; });
    handle = async (given) => {
      const claim = await dispatch.claim(given);
      const ended = endedOf(given, job, given.a === 1 ? { outcome: 'failed', next: { kind: 'again', route: 0, notBefore: 0 }, jobRecord: null } : {});
      if (given.a === 1) {
        await dispatch.endAttempt(given, { job, ended, frames: [], end: null });
        await dispatch.followUp(given, { job, ended, frames: null });
        return firstMayReturn;
      }
      expect(claim.kind).toBe('claimed');
      firstReturns();
      await waitFor(async () => await queue.redis.exists(`${queue.keys.dispatch}:${job.id}-1`) === 0, { withinMs: 5_000, what: 'the first attempt is completed' });
      await dispatch.publish(given, [head(job)]);
      recorded = await dispatch.endAttempt(given, { job, ended, frames: [], end: { state: 'completed', last: 1, attempts: 2, usage: null, error: null, route: 0, queueMs: 1 } });
    };
    await grantHead(1, 1);
    await waitFor(async () => ((await role.look(owned, [lane], 1))?.lanes[0]?.waiting ?? 0) > 0, { withinMs: 5_000, what: 'the second attempt in its lane' });
    await grantHead(2, 2);
    expect(await waitFor(() => recorded, { withinMs: 10_000, what: 'the end of the second attempt' })).toBe('recorded');
    await role.release(owned);
  });

  test('of a client that went away is parked, taken over once by its retry, and keeps its place', async () => {
    const owned = await role.acquire('con_1', 60_000);
    if (!owned) throw new Error('not acquired');
    const [first, second] = [jobAt(queue.now(), { tenant: 'away' }), jobAt(queue.now(), { tenant: 'away' })];
    const lane = laneName(laneOf(first, 0));
    await door.submit(first, Buffer.from('a'));
    await door.submit(second, Buffer.from('b'));
    expect(await door.park(first)).toBe('parked');
    expect((await role.look(owned, [lane], 10))?.lanes[0]?.heads.map(({ ticket }) => ticket.j)).toEqual([second.id]);
    expect(await door.recall(first.fingerprint)).toEqual({ kind: 'orphan', job: first.id });
    expect(await Promise.all([door.adopt(first.fingerprint), door.adopt(first.fingerprint)])).toEqual(expect.arrayContaining([first, undefined]));
    expect((await role.look(owned, [lane], 10))?.lanes[0]?.heads.map(({ ticket }) => ticket.j)).toEqual([first.id, second.id]);
    expect(await door.position(second)).toMatchObject({ position: 1 });
    await role.release(owned);
  });

  test('cancelled in its lane is final at once and in the journal, and is not cancelled twice', async () => {
    const drained: unknown[] = [];
    const drain = await startDrain(queue, {
      group: 'audit', consumer: 'c', batch: 100, maySkip: false, handle: async (records) => { drained.push(...records); },
    });
    const job = jobAt(queue.now(), { tenant: 'cancels' });
    await door.submit(job, Buffer.from('a'));
    expect(await door.cancel(job, 'client', error)).toBe('removed');
    expect(await door.cancel(job, 'client', error)).toBe('final');
    await waitFor(() => frames.some(({ job: id, kind }) => id === job.id && kind === 'end'), { withinMs: 2_000, what: 'the end frame' });
    await drain.caughtUp(5_000);
    expect(drained.filter((record) => (record as { job: string }).job === job.id)).toMatchObject([{ kind: 'job', state: 'cancelled' }]);
    await drain.stop();
  });

  test('whose ingress died is cancelled by any scheduler', async () => {
    const other = await open(queue.prefix);
    const dying = await openDoor(other, { ingress: 'in_dying', onFrames: () => undefined, onLost: () => undefined });
    const job = jobAt(queue.now(), { tenant: 'orphans' });
    await dying.submit(job, Buffer.from('a'));
    await other.stop();
    await queue.redis.zadd(queue.keys.ingresses, Math.round(queue.now()) - 10_000, 'in_dying');
    await role.sweep();
    expect(await queue.redis.hget(queue.keys.job(job.id), 'state')).toBe('cancelled');
  });
});

test('the journal gives a record to every group, and to another consumer when the first never kept it', async () => {
  const own = await open();
  await own.redis.xadd(own.keys.journal, '*', 'r', '{"kind":"job","job":"j1"}');
  const failing = await startDrain(own, { group: 'audit', consumer: 'bad', batch: 10, maySkip: false, handle: async () => { throw new Error('Postgres is away'); } });
  const kept: unknown[] = [];
  const metrics = await startDrain(own, { group: 'metrics', consumer: 'm', batch: 10, maySkip: true, handle: async (records) => { kept.push(...records); } });
  await metrics.caughtUp(5_000);
  expect(kept).toEqual([{ kind: 'job', job: 'j1' }]);
  await expect(failing.caughtUp(300)).rejects.toThrow('1 pending');
  for (const part of [failing, metrics, own]) await part.stop();
});
