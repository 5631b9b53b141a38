/** One test for each part of `weighted` that random crowds would not miss if it were gone. */
import type { Priority } from '@sluice/domain';
import { expect, test } from 'vitest';
import { grantsOf, headOf, limitOf, reservation, settledOf, T0 } from '../test/words.ts';
import { initial } from './state.ts';
import { step } from './step.ts';
import type { Capacity, Event, Head } from './types.ts';

const PRIORITIES: readonly Priority[] = [
  { name: 'urgent', rank: 0, reserved: 50, ceiling: 100, agesAfterMs: null },
  { name: 'batch', rank: 1, reserved: 0, ceiling: 100, agesAfterMs: 10_000 },
];
const capacity = (rest: Partial<Capacity> = {}): Event => ({
  kind: 'capacity', priorities: PRIORITIES,
  capacity: { limits: [limitOf('requests', 100, { windowMs: 1_000 })], outputCounting: 'as_produced', sendWithinMs: 60_000, leaseMs: 60_000, paused: false, ...rest },
});
const lane = (priority: string, tenant: string, heads: readonly Head[]): Event => ({
  kind: 'lane', lane: { lane: `${priority}/${tenant}`, priority, rank: priority === 'urgent' ? 0 : 1, tenant, weight: 1, heads, waiting: heads.length },
});
const many = (count: number, prefix: string, at = T0): Head[] =>
  Array.from({ length: count }, (_, n) => headOf(`${prefix}${String(n).padStart(4, '0')}`, { createdAt: at }));

/** Two urgent calls at once each 40 ms, beside an endless batch, for six windows: how long the urgent ones wait after the first two, ms. */
function waitsOfUrgent(headroom: NonNullable<Capacity['headroom']>): readonly number[] {
  let { state } = step(initial(1), [capacity({ headroom })], T0);
  const waits: number[] = [];
  const arrivals = new Map<string, number>();
  let waiting: Head[] = [];
  for (let now = T0; now < T0 + 6_000; now += 1) {
    const arrive = (now - T0) % 40 === 0;
    if (arrive) waiting = [...waiting, ...many(2, `u${now - T0}-`, now)];
    for (const { id, createdAt } of waiting) arrivals.set(id, createdAt);
    const { state: next, decisions } = step(state, arrive ? [lane('urgent', 'u', waiting), ...(now === T0 ? [lane('batch', 'b', many(2_000, 'b'))] : [])] : [], now);
    const grants = grantsOf({ state: next, decisions, wakeAt: 0, refill: [] });
    for (const { head } of grants) {
      if (arrivals.has(head) && now > T0 + 2_000) waits.push(now - (arrivals.get(head) ?? now));
      waiting = waiting.filter(({ id }) => id !== head);
    }
    ({ state } = step(next, grants.map(({ permit }) => settledOf(permit, now)), now));
  }
  return waits;
}

test('headroom: urgent calls hardly wait beside an endless batch, and do without it', () => {
  expect(Math.max(...waitsOfUrgent('adaptive'))).toBeLessThan(200);
  expect(Math.max(...waitsOfUrgent('off'))).toBeGreaterThan(300);
});

test('strict headroom: what is reserved above stays free as long as it is not used', () => {
  const { decisions } = step(initial(1), [capacity({ headroom: 'strict' }), lane('batch', 'b', many(200, 'b'))], T0);
  expect(decisions).toHaveLength(50);
});

test('idleness earns no credit: one that comes back takes turns with those that were there', () => {
  const { state } = step(initial(1), [capacity({ headroom: 'off' }), lane('batch', 'busy', many(300, 'a'))], T0);
  step(state, Array.from({ length: 100 }, (_, n) => settledOf(1 + n, T0)), T0);
  const back = step(state, [lane('batch', 'back', many(300, 'z', T0 + 500))], T0 + 1_001);
  const lanes = grantsOf(back).map((grant) => grant.lane);
  expect(lanes).toHaveLength(100);
  expect(lanes.filter((name) => name === 'batch/back')).toHaveLength(50);
});

test('settlement corrects the turn: who took less than was reserved for him goes more often', () => {
  const tokens = [limitOf('total_tokens', 1_000, { windowMs: 1_000 })];
  const heads = (prefix: string): Head[] => many(400, prefix).map((head) => ({ ...head, inputTokens: 20, outputTokens: 0 }));
  let { state, decisions } = step(initial(1), [capacity({ limits: tokens }), lane('batch', 'frugal', heads('f')), lane('batch', 'other', heads('o'))], T0);
  const counts = new Map<string, number>();
  for (let now = T0; now < T0 + 4_000; now += 100) {
    const grants = grantsOf({ state, decisions, wakeAt: 0, refill: [] });
    for (const { lane: name } of grants) counts.set(name, (counts.get(name) ?? 0) + 1);
    const settled = grants.map(({ permit, lane: name }) =>
      settledOf(permit, now, { reservation: { ...reservation, inputTokens: 20, outputTokens: 0 }, inputTokens: name === 'batch/frugal' ? 5 : 20, outputTokens: 0 }));
    ({ state, decisions } = step(state, settled, now));
  }
  expect((counts.get('batch/frugal') ?? 0) / (counts.get('batch/other') ?? 1)).toBeGreaterThan(2);
});

test('ageing: one that has waited longer than its priority says goes before more urgent ones', () => {
  const old = lane('batch', 'b', many(1, 'old', T0 - 20_000));
  const urgent = lane('urgent', 'u', many(200, 'u'));
  const grants = grantsOf(step(initial(1), [capacity(), urgent, old], T0)).map(({ head }) => head);
  expect(grants.indexOf('old0000')).toBe(50);
});

test('scaling shares: with nothing asked for above, a share grows from what is reserved by a tenth each five seconds', () => {
  const { state, decisions } = step(initial(1), [capacity({ strategy: 'adaptive-token-scaling' }), lane('urgent', 'u', many(400, 'u'))], T0);
  expect(decisions).toHaveLength(50);
  step(state, Array.from({ length: 50 }, (_, n) => settledOf(1 + n, T0)), T0);
  const later = step(state, [], T0 + 6_000);
  expect(grantsOf(later).length).toBeLessThanOrEqual(60);
});

test('fifo: in order of arrival, whatever the priority', () => {
  const { decisions } = step(initial(1), [
    capacity({ strategy: 'fifo' }), lane('urgent', 'u', many(1, 'u', T0 - 1)), lane('batch', 'b', many(1, 'b', T0 - 2)),
  ], T0);
  expect(decisions.map(({ head }) => head)).toEqual(['b0000', 'u0000']);
});
