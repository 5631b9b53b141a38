/** Our scripts write BullMQ's keys themselves: they must be the keys that its own `add` writes, in this very version. */
import { laneName } from '@sluice/domain';
import { Queue as BullQueue } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laneOf, LANE_OPTIONS } from '../src/lanes.ts';
import { openDoor, openScheduler, type Door, type OpenQueue, type SchedulerRole } from '../src/index.ts';
import { dispatchId } from '../src/permits.ts';
import { grantOf, jobAt, open } from './support.ts';

let queue: OpenQueue;
let door: Door;
let role: SchedulerRole;
beforeAll(async () => {
  queue = await open();
  door = await openDoor(queue, { ingress: 'in', onFrames: () => undefined, onLost: () => undefined });
  role = await openScheduler(queue, { scheduler: 's', onWake: () => undefined });
});
afterAll(async () => { for (const part of [role, door, queue]) await part.stop(); });

const hash = async (key: string) => {
  const { timestamp, ...fields } = await queue.redis.hgetall(key);
  expect(Number(timestamp)).toBeGreaterThan(0);
  return { ...fields, data: fields['data'] ?? '', opts: JSON.parse(fields['opts'] ?? '{}') as object };
};

test('a granted job in dispatch is what add would have written, and so is a withdrawn one in its lane', async () => {
  const owned = await role.acquire('con_1', 60_000);
  if (!owned) throw new Error('not acquired');
  const job = jobAt(queue.now());
  const lane = laneName(laneOf(job, 0));
  await door.submit(job, Buffer.from('x'));
  const laneKey = `${queue.keys.lane(lane)}:${job.id}-1`;
  const added = await hash(laneKey);
  const lanes = new BullQueue('lane~reference', { connection: queue.redis.duplicate(), prefix: queue.keys.queues, streams: { events: { maxLen: 0 } } });
  await lanes.add(`${job.id}-1`, JSON.parse(added.data), { ...LANE_OPTIONS, jobId: `${job.id}-1` });
  const theirs = await hash(`${queue.keys.queues}:lane~reference:${job.id}-1`);
  // BullMQ repeats the id among the options; it reads it nowhere.
  expect({ ...added, opts: { ...added.opts, jobId: `${job.id}-1` } }).toEqual(theirs);
  for (const part of ['id', 'pc', 'meta'] as const) {
    const read = (key: string) => (part === 'meta' ? queue.redis.hgetall(`${key}:${part}`) : queue.redis.get(`${key}:${part}`));
    expect(await read(queue.keys.lane(lane)), part).toEqual(await read(`${queue.keys.queues}:lane~reference`));
  }
  expect(await queue.redis.zrange(`${queue.keys.lane(lane)}:prioritized`, '0', '-1', 'WITHSCORES'))
    .toEqual(await queue.redis.zrange(`${queue.keys.queues}:lane~reference:prioritized`, '0', '-1', 'WITHSCORES'));
  await lanes.close();
  const [score] = (await role.look(owned, [lane], 1))?.lanes[0]?.heads.map((head) => head.score) ?? [];
  const granted = grantOf(job, lane, { g: owned.fence + 1, sc: score ?? 0 });
  const id = dispatchId(granted);

  await role.grant(owned, [granted]);
  const written = await hash(`${queue.keys.dispatch}:${id}`);
  expect(await queue.redis.exists(laneKey)).toBe(0);
  expect(await queue.redis.zrange(`${queue.keys.dispatch}:marker`, '0', '-1', 'WITHSCORES')).toEqual(['0', '0']);
  expect(await queue.redis.lrange(`${queue.keys.dispatch}:wait`, 0, -1)).toEqual([id]);

  const reference = new BullQueue('reference', { connection: queue.redis.duplicate(), prefix: queue.keys.queues, streams: { events: { maxLen: 0 } } });
  await reference.add(id, granted, { jobId: id, removeOnComplete: true, removeOnFail: true });
  expect({ ...written, opts: { ...written.opts, jobId: id } }).toEqual(await hash(`${queue.keys.queues}:reference:${id}`));
  expect(await queue.redis.type(`${queue.keys.queues}:reference:wait`)).toBe('list');
  expect(await queue.redis.zrange(`${queue.keys.queues}:reference:marker`, '0', '-1', 'WITHSCORES')).toEqual(['0', '0']);

  await role.withdraw(owned, [granted]);
  const back = await hash(laneKey);
  expect(back).toEqual(added);
  expect(await queue.redis.zscore(`${queue.keys.lane(lane)}:prioritized`, `${job.id}-1`)).toBe(String(score));
  await reference.close();
});
