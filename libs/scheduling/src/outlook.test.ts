/** What is foretold of waits, held against what the same core then decides. How far it is off on traces is measured: `npm run sim -- --eta`. */
import { expect, test } from 'vitest';
import { capacityOf, grantsOf, headOf, laneOf, limitOf, numbered, T0 } from '../test/words.ts';
import { type Event, foretell, initial, outlookOf, type State, step } from './index.ts';

const CALL_MS = 100;

interface Played {
  readonly state: State;
  /** When each job went. */
  readonly startedAt: ReadonlyMap<string, number>;
}

/** Runs on until `until`, each call arriving at once and ending soon. */
function play(state: State, events: readonly Event[], { from, until }: { from: number; until: number }): Played {
  const startedAt = new Map<string, number>();
  let [now, told, news]: [number, readonly Event[], readonly { readonly at: number; readonly event: Event }[]] = [from, events, []];
  let after = state;
  for (;;) {
    const result = step(after, told, now);
    after = result.state;
    for (const { head, permit, reservation } of grantsOf(result)) {
      startedAt.set(head, now);
      const { inputTokens, outputTokens } = reservation;
      news = [...news, { at: now + CALL_MS, event: { kind: 'settled', permit, reservation, arrivedAt: now, endedAt: now + CALL_MS, inputTokens, outputTokens } }];
    }
    const next = Math.min(result.wakeAt, ...news.map(({ at }) => at));
    if (next > until) return { state: after, startedAt };
    now = Math.max(now + 1, next);
    told = news.filter(({ at }) => at <= now).map(({ event }) => event);
    news = news.filter(({ at }) => at > now);
  }
}

const etaOf = (state: State, lane: string, index: number, now: number) => foretell(outlookOf(state, now), { lane, priority: 'p', index }, now);

test.each([
  ['requests in a sliding window', limitOf('requests', 10)],
  ['tokens in a sliding window', limitOf('total_tokens', 200)],
  ['requests in a bucket', limitOf('requests', 10, { window: 'bucket' })],
  ['calls at once', limitOf('concurrency', 2, { windowMs: 0 })],
])('%s: every job of a backlog goes about when it was said', (_name, limit) => {
  const now = T0 + 5_000;
  const { state } = play(initial(1), [capacityOf([limit]), laneOf('l', numbered(64))], { from: T0, until: now });
  const waiting = state.lanes.byName.get('l')?.jobs.filter(({ state: is }) => is !== 'gone').map(({ head }) => head.id) ?? [];
  const said = waiting.map((_, index) => etaOf(state, 'l', index, now));
  const { startedAt } = play(state, [], { from: now, until: now + 600_000 });
  waiting.forEach((id, index) => {
    const { position, etaMs } = said[index] ?? {};
    const waited = (startedAt.get(id) ?? Number.NaN) - now;
    expect(position).toBe(index);
    expect(Math.abs((etaMs ?? Number.NaN) - waited), `${id} waited ${waited}, said ${etaMs}`).toBeLessThanOrEqual(0.05 * waited + 1_000);
  });
});

test('more urgent work goes before, tenants of one priority in turn', () => {
  const urgent = laneOf('u', numbered(3, 'u'));
  const second = (lane: string, tenant: string): Event =>
    ({ kind: 'lane', lane: { lane, priority: 'q', rank: 1, tenant, weight: 1, heads: numbered(4, lane), waiting: 4 } });
  const { state } = step(initial(1), [capacityOf([limitOf('requests', 1)]), laneOf('first', [headOf('first')]), urgent, second('a', 'a'), second('b', 'b')], T0);
  const outlook = outlookOf(state, T0);
  const position = (lane: string, index: number) => foretell(outlook, { lane, priority: 'q', index }, T0).position;
  expect(outlook.priorities.map(({ waiting }) => waiting)).toEqual([3, 8]);
  expect([position('u', 0), position('u', 2)]).toEqual([0, 2]);
  expect([position('a', 0), position('b', 0), position('a', 1), position('b', 1)].toSorted((x, y) => x - y)).toEqual([3, 4, 5, 6]);
});

test('nothing is said of time while nothing can go, and of a paused connection neither', () => {
  const { state } = step(initial(1), [capacityOf([limitOf('requests', 1)], { paused: true }), laneOf('l', numbered(3))], T0);
  expect(etaOf(state, 'l', 2, T0)).toMatchObject({ position: 2, etaMs: null });
});

test('a job is found again by its number when others went since', () => {
  const heads = numbered(8).map((head, index) => ({ ...head, place: 100 + index }));
  const { state } = step(initial(1), [capacityOf([limitOf('requests', 1)]), laneOf('l', heads)], T0);
  const outlook = outlookOf(state, T0);
  const then = foretell(outlook, { lane: 'l', priority: 'p', index: 5, place: 106 }, T0);
  expect(foretell(outlook, { lane: 'l', priority: 'p', index: 3, place: 106 }, T0)).toEqual(then);
});
