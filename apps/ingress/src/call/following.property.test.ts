import fc from 'fast-check';
import { END_SEQ } from '@sluice/domain';
import type { Frame } from '@sluice/domain';
import { expect, test } from 'vitest';
import { Following } from './following.ts';

const frame = (seq: number): Frame => ({ job: 'job_1', seq, kind: seq === 1 ? 'head' : 'data', data: Buffer.from(String(seq)) });
const endFrame = (last: number): Frame => ({ job: 'job_1', seq: END_SEQ, kind: 'end', data: Buffer.from(JSON.stringify({ state: 'completed', last })) });
const sequence = (length: number): Frame[] => [...Array.from({ length }, (_, index) => frame(index + 1)), endFrame(length)];
/** Lets everything that is ready to happen happen. */
const settle = async () => { for (let turn = 0; turn < 20; turn++) await Promise.resolve(); };

const ACTS = ['publish', 'publish', 'publish', 'publish and lose', 'publish twice', 'fill', 'release', 'look', 'answer', 'answer'] as const;

test('whatever is lost, doubled, late or held up on the way, a reader gets every frame once, in order, and then the end', async () => {
  await fc.assert(fc.asyncProperty(fc.nat(60), fc.array(fc.constantFrom(...ACTS), { maxLength: 120 }), async (length, acts) => {
    const all = sequence(length);
    const stored: Frame[] = [];
    const heard: number[] = [];
    /** Reads of the replay stream that were made and not answered yet: each answers with what was there when it was made. */
    const reads: (() => void)[] = [];
    let ended = 0;
    let fills = false;
    let full = false;
    const following = new Following({ id: 'job_1' }, { framesAfter: (_job, seq, limit) => new Promise((resolve) => {
      const found = stored.filter((each) => each.seq > seq).slice(0, limit);
      reads.push(() => resolve(found));
    }) }, {
      take: (each) => {
        expect(full).toBe(false);
        heard.push(each.seq);
        full = fills;
        return !full;
      },
      end: () => { ended++; },
      lost: (error) => { throw error; },
    });
    const publish = (times: number) => {
      const next = all[stored.length];
      if (!next) return;
      stored.push(next);
      for (let time = 0; time < times; time++) following.offer(next);
    };
    const release = () => {
      fills = false;
      full = false;
      following.release();
    };
    for (const act of acts) {
      switch (act) {
        case 'publish': publish(1); break;
        case 'publish and lose': publish(0); break;
        case 'publish twice': publish(2); break;
        case 'fill': fills = true; break;
        case 'release': release(); break;
        case 'look': following.look(); break;
        case 'answer': reads.shift()?.(); await settle(); break;
        default: act satisfies never;
      }
      expect(heard).toEqual(heard.map((_, index) => index + 1));
    }
    while (stored.length < all.length) publish(0);
    release();
    for (let round = 0; round < 20 && ended === 0; round++) {
      following.look();
      reads.shift()?.();
      await settle();
    }
    expect(heard).toEqual(all.slice(0, -1).map(({ seq }) => seq));
    expect(ended).toBe(1);
  }), { numRuns: 300 });
});

function reader(room: () => boolean) {
  const heard: number[] = [];
  const state = { heard, ended: 0, lost: 0 };
  return {
    state,
    port: { take: (each: Frame) => { heard.push(each.seq); return room(); }, end: () => { state.ended++; }, lost: () => { state.lost++; } },
  };
}

test('a reader that is full is handed nothing until it has room, and misses nothing', async () => {
  let room = false;
  const stored: Frame[] = [];
  const { state, port } = reader(() => room);
  const following = new Following({ id: 'job_1' }, { framesAfter: async (_job, seq, limit) => stored.filter((each) => each.seq > seq).slice(0, limit) }, port);
  for (const each of sequence(100)) {
    stored.push(each);
    following.offer(each);
  }
  await settle();
  expect(state.heard).toEqual([1]);
  following.release();
  await settle();
  expect(state.heard).toEqual([1, 2]);
  room = true;
  following.release();
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(state.heard).toHaveLength(100);
  expect(state.ended).toBe(1);
});

test('frames held up without loss need no look at the replay stream', async () => {
  let looks = 0;
  const { state, port } = reader(() => true);
  const following = new Following({ id: 'job_1' }, { framesAfter: async () => { looks++; return []; } }, port);
  for (const each of sequence(5)) following.offer(each);
  await settle();
  expect(state).toMatchObject({ heard: [1, 2, 3, 4, 5], ended: 1 });
  expect(looks).toBe(0);
});

test('a gap in the replay stream itself, and a stream that cannot be read, are told', async () => {
  const gap = reader(() => true);
  new Following({ id: 'job_1' }, { framesAfter: async () => [frame(2)] }, gap.port).look();
  const away = reader(() => true);
  new Following({ id: 'job_1' }, { framesAfter: () => Promise.reject(new Error('away')) }, away.port).look();
  await settle();
  expect([gap.state.lost, away.state.lost]).toEqual([1, 1]);
});

test('an end that comes before the last frames waits for them', async () => {
  const stored = sequence(3);
  const { state, port } = reader(() => true);
  const following = new Following({ id: 'job_1' }, { framesAfter: async (_job, seq) => stored.filter((each) => each.seq > seq) }, port);
  following.offer(endFrame(3));
  await settle();
  expect(state).toMatchObject({ heard: [1, 2, 3], ended: 1 });
});

test('nothing is handed on after it was stopped', async () => {
  const { state, port } = reader(() => true);
  const following = new Following({ id: 'job_1' }, { framesAfter: async () => sequence(3) }, port);
  following.look();
  following.stop();
  following.offer(frame(1));
  await settle();
  expect(state.heard).toEqual([]);
});

const BASE = 3 * 2 ** 32;

test('an answer that is begun anew can be followed by whoever has heard nothing of it, and by nobody else', async () => {
  const anew = [...[1, 2, 3].map((number) => ({ ...frame(BASE + number), kind: number === 1 ? 'head' as const : 'data' as const })), endFrame(BASE + 3)];
  const framesAfter = async (_job: string, seq: number, limit: number) => anew.filter((each) => each.seq > seq).slice(0, limit);
  const fresh = reader(() => true);
  new Following({ id: 'job_1' }, { framesAfter }, fresh.port).look();
  const begun = reader(() => true);
  const following = new Following({ id: 'job_1' }, { framesAfter }, begun.port);
  following.offer(frame(1));
  following.look();
  const resumed = reader(() => true);
  new Following({ id: 'job_1' }, { framesAfter, after: BASE + 2 }, resumed.port).look();
  await settle();
  expect(fresh.state).toMatchObject({ heard: [BASE + 1, BASE + 2, BASE + 3], ended: 1 });
  expect(begun.state).toMatchObject({ heard: [1], ended: 0, lost: 1 });
  expect(resumed.state).toMatchObject({ heard: [BASE + 3], ended: 1 });
});
