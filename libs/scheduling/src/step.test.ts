/** What random worlds do not reach: permits nobody hears of, takeover without memory, limits that look back further, many
 *  lanes. */
import { describe, expect, test } from 'vitest';
import { capacityOf, grantsOf, headOf, laneOf, limitOf, numbered, reservation, settledOf, takenOf, T0 } from '../test/words.ts';
import { countPermits, useOfLimits } from './inspect.ts';
import { initial } from './state.ts';
import { step } from './step.ts';
import type { Step } from './step.ts';
import type { Event, LimitState } from './types.ts';

describe('permits', () => {
  test('are numbered from the fencing number on', () => {
    const { decisions } = step(initial(77), [capacityOf([]), laneOf('l', numbered(3))], T0);
    expect(decisions.map((decision) => (decision.kind === 'grant' ? decision.permit : null))).toEqual([77, 78, 79]);
  });

  test('state their reservation and their sendBy, and never reserve more output than the maximum', () => {
    const heads = [
      headOf('a', { inputTokens: 1.2, outputTokens: 50, maximumOutputTokens: 20 }),
      headOf('b', { outputTokens: 5, maximumOutputTokens: 20 }),
    ];
    const grants = grantsOf(step(initial(1), [capacityOf([], { outputCounting: 'unknown' }), laneOf('l', heads)], T0));
    expect(grants.map((grant) => grant.reservation)).toEqual([
      { model: 'm', inputTokens: 2, outputTokens: 20, extraOutputTokens: 0 },
      { model: 'm', inputTokens: 10, outputTokens: 5, extraOutputTokens: 15 },
    ]);
    expect(grants.map(({ sendBy }) => sendBy)).toEqual([T0 + 2_000, T0 + 2_000]);
  });

  test('not claimed are withdrawn at sendBy, asked again each second, and free their charge only once released', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('requests', 1)]), laneOf('l', numbered(2))], T0);
    expect(step(state, [], T0 + 1_999)).toMatchObject({ decisions: [], wakeAt: T0 + 2_000 });
    const withdrawal = { kind: 'withdraw', permit: 1, lane: 'l', head: 'job0000' };
    expect(step(state, [], T0 + 2_000)).toMatchObject({ decisions: [withdrawal], wakeAt: T0 + 3_000 });
    expect(step(state, [], T0 + 2_500).decisions).toEqual([]);
    expect(step(state, [], T0 + 3_000).decisions).toEqual([withdrawal]);
    expect(grantsOf(step(state, [{ kind: 'released', permit: 1 }], T0 + 3_100)).map(({ head }) => head)).toEqual(['job0001']);
  });

  test('not claimed when the provider closes are withdrawn at once: those of the model, or all', () => {
    const heads = [headOf('a', { model: 'x' }), headOf('b', { model: 'y' }), headOf('c', { model: 'x' })];
    const { state } = step(initial(1), [capacityOf([]), laneOf('l', heads)], T0);
    const until = T0 + 30_000;
    const ofModel = step(state, [{ kind: 'claimed', permit: 3 }, { kind: 'cooldown', until, model: 'x' }], T0 + 10);
    expect(ofModel.decisions).toEqual([{ kind: 'withdraw', permit: 1, lane: 'l', head: 'a' }]);
    expect(step(state, [{ kind: 'released', permit: 1 }, { kind: 'cooldown', until }], T0 + 20).decisions)
      .toEqual([{ kind: 'withdraw', permit: 2, lane: 'l', head: 'b' }]);
    expect(step(state, [{ kind: 'cooldown', until: until + 1 }], T0 + 30).decisions).toEqual([]);
  });

  test('that turn out to be claimed are not withdrawn again, and count in full for a window after their lease', () => {
    const limits = [limitOf('requests', 1), limitOf('concurrency', 1, { windowMs: 0 })];
    const { state } = step(initial(1), [capacityOf(limits), laneOf('l', numbered(2))], T0);
    step(state, [], T0 + 2_000);
    expect(step(state, [{ kind: 'claimed', permit: 1 }], T0 + 2_100)).toMatchObject({ decisions: [], wakeAt: T0 + 32_000 });
    expect(takenOf(step(state, [], T0 + 31_999).state, T0 + 31_999)).toEqual([1, 1]);
    expect(takenOf(step(state, [], T0 + 32_000).state, T0 + 32_000)).toEqual([1, 0]);
    // A window before its booked time, which is rounded up, room begins to be kept for the next.
    const { wakeAt } = step(state, [], T0 + 32_060);
    expect(wakeAt).toBeGreaterThanOrEqual(T0 + 92_000);
    expect(wakeAt).toBeLessThan(T0 + 92_000 + 60);
    expect(grantsOf(step(state, [], wakeAt))).toHaveLength(1);
  });

  test('whose lease ended hold their job no longer: one still in its lane was never moved', () => {
    const lane = laneOf('l', numbered(1));
    const { state } = step(initial(1), [capacityOf([limitOf('requests', 2)]), lane], T0);
    expect(grantsOf(step(state, [lane], T0 + 31_999))).toEqual([]);
    step(state, [], T0 + 32_000);
    expect(grantsOf(step(state, [lane], T0 + 32_001)).map(({ permit, head }) => [permit, head])).toEqual([[2, 'job0000']]);
  });

  test('whose lease ended are put right by what is heard of them after all', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('total_tokens', 100)]), laneOf('l', numbered(1))], T0);
    step(state, [], T0 + 40_000);
    expect(takenOf(state, T0 + 40_000)).toEqual([20]);
    step(state, [settledOf(1, T0 + 500, { outputTokens: 3 })], T0 + 41_000);
    expect(takenOf(state, T0 + 41_000)).toEqual([13]);
    expect(takenOf(state, T0 + 60_600)).toEqual([0]);
    expect(countPermits(state)).toEqual({ granted: 1, settled: 1, released: 0, open: 0 });
  });

  test('reported as sent count until they are settled, however long the call runs', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('concurrency', 1, { windowMs: 0 })]), laneOf('l', numbered(2))], T0);
    step(state, [{ kind: 'sent', permit: 1, arrivedAt: T0 + 100 }], T0 + 100);
    expect(step(state, [], T0 + 3_600_000)).toMatchObject({ decisions: [], wakeAt: Infinity });
    expect(grantsOf(step(state, [settledOf(1, T0 + 3_600_001)], T0 + 3_600_001))).toHaveLength(1);
  });

  test('settled with unknown usage stay charged in full: input from the arrival, output from the end', () => {
    const limits = [limitOf('input_tokens', 99), limitOf('output_tokens', 99)];
    const { state } = step(initial(1), [capacityOf(limits), laneOf('l', numbered(1))], T0);
    step(state, [settledOf(1, T0, { endedAt: T0 + 30_000, inputTokens: null, outputTokens: null })], T0 + 30_000);
    expect(takenOf(state, T0 + 59_999)).toEqual([10, 10]);
    expect(takenOf(state, T0 + 60_100)).toEqual([0, 10]);
    expect(takenOf(state, T0 + 90_100)).toEqual([0, 0]);
  });

  test('that ended before their latest arrival count their output from that arrival', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('output_tokens', 99)]), laneOf('l', numbered(1))], T0);
    step(state, [settledOf(1, T0 + 250, { endedAt: T0 + 100 })], T0 + 100);
    expect(takenOf(state, T0 + 60_249)).toEqual([10]);
  });

  test('the surplus returns to its window, a deficit is charged', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('total_tokens', 1_000)]), laneOf('l', numbered(2))], T0);
    const cheap = settledOf(1, T0, { inputTokens: 4, outputTokens: 1 });
    const dear = settledOf(2, T0, { inputTokens: 40, outputTokens: 500 });
    step(state, [cheap, dear], T0 + 1);
    expect(takenOf(state, T0 + 1)).toEqual([545]);
  });

  test('of an earlier owner are inserted by their settlement, where they were sent, once', () => {
    const { state } = step(initial(1_000), [capacityOf([limitOf('requests', 5)])], T0);
    for (let i = 0; i < 3; i += 1) step(state, [settledOf(7, T0 - 10_000)], T0 + i);
    expect(takenOf(state, T0 + 3)).toEqual([1]);
    expect(takenOf(state, T0 + 50_031)).toEqual([0]);
    expect(countPermits(state)).toEqual({ granted: 1, settled: 1, released: 0, open: 0 });
  });

  test('recovered as claimed run out with their lease; recovered as unclaimed are withdrawn', () => {
    const recovered = (permit: number, claimed: boolean): Event => ({
      kind: 'recovered', permit, reservation, lane: 'l', head: `h${permit}`, grantedAt: T0 - 2_000, claimed, arrivedAt: null,
    });
    const events = [recovered(1, true), recovered(2, false), recovered(2, false), capacityOf([limitOf('requests', 5)])];
    const { state, decisions, wakeAt } = step(initial(1_000), events, T0);
    expect(decisions).toEqual([{ kind: 'withdraw', permit: 2, lane: 'l', head: 'h2' }]);
    expect(wakeAt).toBe(T0 + 1_000);
    expect(takenOf(state, T0)).toEqual([2]);
    expect(countPermits(state)).toEqual({ granted: 2, settled: 0, released: 0, open: 2 });
  });
});

describe('limits', () => {
  test('all that cover a call must have room, and all are charged', () => {
    const limits = [limitOf('requests', 3), limitOf('requests', 1, { model: 'small' }), limitOf('input_tokens', 25)];
    const small = { model: 'small' };
    const heads = [headOf('a', small), headOf('b', small), headOf('c'), headOf('d', { inputTokens: 1 })];
    const { state, decisions } = step(initial(1), [capacityOf(limits), laneOf('l', heads)], T0);
    // b lacks only its model's limit, so c goes; d has room everywhere and goes too.
    expect(decisions.map(({ head }) => head)).toEqual(['a', 'c', 'd']);
    expect(takenOf(state, T0)).toEqual([3, 1, 21]);
  });

  test('a call larger than a limit goes when the limit is empty, and is not passed over until then', () => {
    const heads = [headOf('small1'), headOf('large', { inputTokens: 500 }), headOf('small2')];
    const { state, decisions } = step(initial(1), [capacityOf([limitOf('input_tokens', 100)]), laneOf('l', heads)], T0);
    expect(decisions.map(({ head }) => head)).toEqual(['small1']);
    const alone = step(state, [settledOf(1, T0)], T0 + 60_030);
    expect(alone.decisions.map(({ head }) => head)).toEqual(['large']);
    expect(takenOf(alone.state, T0 + 60_030)).toEqual([500]);
  });

  test('a pace of a fraction of a call is woken for when exactly what is short has left', () => {
    // 90 a second in 20 ms: 1.8 tokens, less than either call.
    const paced = limitOf('input_tokens', 90, { windowMs: 1_000, paceMs: 20 });
    const heads = [headOf('a', { inputTokens: 7 }), headOf('b', { inputTokens: 2 })];
    const { state } = step(initial(1), [capacityOf([paced]), laneOf('l', heads)], T0);
    expect(step(state, [settledOf(1, T0, { inputTokens: null })], T0).wakeAt).toBe(T0 + 20);
    expect(grantsOf(step(state, [], T0 + 20))).toHaveLength(1);
  });

  test('an amount of nothing lets nothing through, and any part of one lets one', () => {
    const slots: LimitState = { ...limitOf('concurrency', 0, { windowMs: 0 }), id: 'slots', kind: 'slots' };
    const { state } = step(initial(1), [capacityOf([slots]), laneOf('l', numbered(3))], T0);
    expect(countPermits(state).granted).toBe(0);
    step(state, [{ kind: 'tranche', limit: 'slots', amount: 0.5 }], T0 + 1);
    expect(countPermits(state).granted).toBe(1);
  });

  test('worker slots count permits until they are sent, open calls until they are settled', () => {
    const two = limitOf('concurrency', 2, { windowMs: 0 });
    const slots: LimitState[] = [{ ...two, id: 'free', kind: 'unsent' }, { ...two, id: 'share', kind: 'slots' }];
    const { state } = step(initial(1), [capacityOf(slots), laneOf('l', numbered(4))], T0);
    expect(takenOf(state, T0)).toEqual([2, 2]);
    step(state, [{ kind: 'sent', permit: 1, arrivedAt: T0 }], T0 + 1);
    expect(takenOf(state, T0 + 1)).toEqual([1, 2]);
    expect(grantsOf(step(state, [settledOf(1, T0)], T0 + 2))).toHaveLength(1);
  });

  test('what is lent outlives a change of capacity, and moves the pace with it', () => {
    const shared: LimitState = { ...limitOf('requests', 60, { paceMs: 10_000 }), id: 'pool', kind: 'shared' };
    const { state } = step(initial(1), [capacityOf([shared]), { kind: 'tranche', limit: 'pool', amount: 12 }], T0);
    step(state, [capacityOf([shared])], T0 + 1);
    expect(useOfLimits(state, T0 + 1).map(({ amount, windowMs }) => [amount, windowMs])).toEqual([[12, 60_000], [2, 10_000]]);
  });

  test('a change of limits forgets no charge of the same dimension, and a longer window knows what was known', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('requests', 10)]), laneOf('l', numbered(4))], T0);
    step(state, [settledOf(1, T0 + 10), settledOf(2, T0 + 10), { kind: 'sent', permit: 3, arrivedAt: T0 + 10 }], T0 + 20);
    const changed = [limitOf('requests', 4, { windowMs: 86_400_000 }), limitOf('requests', 9, { windowMs: 30_000 })];
    step(state, [capacityOf(changed)], T0 + 30);
    expect(takenOf(state, T0 + 30)).toEqual([4, 4]);
    step(state, [3, 4].map((permit) => settledOf(permit, T0 + 10)), T0 + 40);
    expect(takenOf(state, T0 + 31_000)).toEqual([4, 0]);
  });

  test('events before the first capacity are kept, not lost', () => {
    const early = step(initial(1_000), [settledOf(1, T0 - 10), laneOf('l', numbered(2))], T0);
    expect(early).toMatchObject({ decisions: [], wakeAt: Infinity, refill: [] });
    expect(grantsOf(step(early.state, [capacityOf([limitOf('requests', 2)])], T0 + 1))).toHaveLength(1);
  });

  test.each([1_000, 60_000, 3_600_000])('a backlog of short calls uses 98 %% of a limit over %i ms', (windowMs) => {
    const amount = 200;
    let { state } = step(initial(1), [capacityOf([limitOf('requests', amount, { windowMs })])], T0);
    const grantTimes: number[] = [];
    let now = T0;
    for (let done = 0; done < 10 * amount;) {
      const result: Step = step(state, [laneOf('l', numbered(50, `b${done}-`), { waiting: 10_000 })], now);
      const grants = grantsOf(result);
      done += grants.length;
      grantTimes.push(...grants.map(() => now));
      // each arrives 5 ms after its grant and is settled 50 ms later, before the window moves on
      state = step(result.state, grants.map(({ permit }) => settledOf(permit, now + 5, { endedAt: now + 55 })), now).state;
      if (grants.length < 50) now = step(state, [], now).wakeAt;
    }
    const windows = (now - T0) / windowMs;
    expect(grantTimes.length / (amount * Math.ceil(windows))).toBeGreaterThanOrEqual(0.98);
    expect(((grantTimes.at(-1) ?? Infinity) - T0) / windowMs).toBeLessThanOrEqual(9 * 1.02);
    for (const at of grantTimes.slice(0, 50)) {
      expect(grantTimes.filter((other) => other > at - windowMs && other <= at).length).toBeLessThanOrEqual(amount);
    }
  });
});

describe('lanes', () => {
  test('whose known heads are used up hold back who would go after them, and nobody more urgent', () => {
    const { state, decisions, refill } = step(initial(1), [
      capacityOf([]), laneOf('urgent', [headOf('u1', { createdAt: 5 })], { waiting: 3 }),
      laneOf('bulk', [headOf('b1', { createdAt: 1 })], { rank: 1 }),
      laneOf('peer', [headOf('p1', { createdAt: 4 }), headOf('p2', { createdAt: 6 })]),
    ], T0);
    expect(decisions.map(({ head }) => head)).toEqual(['p1', 'u1']);
    expect(refill).toEqual(['urgent']);
    const next = step(state, [laneOf('urgent', [headOf('u2', { createdAt: 7 }), headOf('u3', { createdAt: 8 })])], T0 + 1);
    expect(next.decisions.map(({ head }) => head)).toEqual(['p2', 'u2', 'u3', 'b1']);
    expect(next.refill).toEqual([]);
  });

  test('that more jobs joined are asked for once their known heads are used up', () => {
    const { state } = step(initial(1), [capacityOf([], { paused: true }), laneOf('l', numbered(2))], T0);
    step(state, [{ kind: 'joined', lane: 'l', jobs: 3 }, { kind: 'joined', lane: 'not told of', jobs: 3 }], T0 + 1);
    const rival = laneOf('m', [headOf('less urgent')], { rank: 1 });
    const { decisions, refill } = step(state, [capacityOf([]), rival], T0 + 2);
    expect(decisions.map(({ head }) => head)).toEqual(['job0000', 'job0001']);
    expect(refill).toEqual(['l']);
  });

  test('read before a grant was written do not bring the job a second permit', () => {
    const heads = numbered(3);
    const { state } = step(initial(1), [capacityOf([limitOf('requests', 2)]), laneOf('l', heads)], T0);
    const again = step(state, [capacityOf([limitOf('requests', 9)]), laneOf('l', heads)], T0 + 1);
    expect(again.decisions.map(({ head }) => head)).toEqual(['job0002']);
  });

  test('a head that was gone from its lane costs nothing', () => {
    const { state } = step(initial(1), [capacityOf([limitOf('requests', 1)]), laneOf('l', numbered(2))], T0);
    expect(grantsOf(step(state, [{ kind: 'ungranted', permit: 1 }], T0 + 1)).map(({ head }) => head)).toEqual(['job0001']);
  });

  test('an empty list forgets a lane', () => {
    const { state } = step(initial(1), [capacityOf([], { paused: true }), laneOf('l', numbered(2))], T0);
    const forgotten = step(state, [laneOf('l', [], { waiting: 5 }), capacityOf([])], T0 + 1);
    expect(forgotten).toMatchObject({ decisions: [], refill: [], wakeAt: Infinity });
  });

  test('a head not yet due blocks nobody, not even its own lane, and is woken for', () => {
    const heads = [headOf('later', { notBefore: T0 + 500, createdAt: T0 - 5 }), headOf('now')];
    const first = step(initial(1), [capacityOf([]), laneOf('l', heads)], T0);
    expect(first.decisions.map(({ head }) => head)).toEqual(['now']);
    expect(first.wakeAt).toBe(T0 + 500);
    expect(step(first.state, [], T0 + 500).decisions.map(({ head }) => head)).toEqual(['later']);
  });

  test('late heads expire at their time, also deep in a lane and while paused', () => {
    const heads = [headOf('a'), headOf('b', { startBy: T0 + 70 }), headOf('c', { startBy: T0 + 90, notBefore: T0 + 95 })];
    const first = step(initial(1), [capacityOf([], { paused: true }), laneOf('l', heads)], T0);
    expect(first.wakeAt).toBe(T0 + 70);
    expect(step(first.state, [], T0 + 69).decisions).toEqual([]);
    const second = step(first.state, [], T0 + 70);
    expect(second.decisions).toEqual([{ kind: 'expire', lane: 'l', head: 'b' }]);
    expect(second.wakeAt).toBe(T0 + 90);
    expect(step(first.state, [], T0 + 90).decisions).toEqual([{ kind: 'expire', lane: 'l', head: 'c' }]);
  });

  test('nothing is granted while cooling down, the longest cooldown wins, and its end is woken for', () => {
    const cooling: Event[] = [{ kind: 'cooldown', until: T0 + 900 }, { kind: 'cooldown', until: T0 + 300 }];
    const first = step(initial(1), [...cooling, capacityOf([]), laneOf('l', numbered(1))], T0);
    expect(first).toMatchObject({ decisions: [], wakeAt: T0 + 900 });
    expect(step(first.state, [], T0 + 899).decisions).toEqual([]);
    expect(grantsOf(step(first.state, [], T0 + 900))).toHaveLength(1);
  });
});
