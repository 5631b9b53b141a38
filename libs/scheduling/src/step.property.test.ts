/**
 * `step` in random worlds on a virtual clock, held against two judges that share no code with it (test/oracle.ts). Every step of
 * every world is compared with a brute-force owner, which makes each of these worlds a test of: work conservation, strict rank,
 * arrival order, nothing passed over that should block, deadlines, cooldowns, known heads, wakeAt, conservation of permits,
 * repeated reports.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenarios } from '../test/scenarios.ts';
import { play, refusals, type Scenario } from '../test/world.ts';

/** More by hand: PROPERTY_RUNS=100000 npx vitest run --project unit libs/scheduling/src/step.property.test.ts */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1000);

const holds = (scenario: Scenario): void => {
  const { problems, seen } = play(scenario);
  expect(problems).toEqual([]);
  expect(refusals(scenario, seen)).toEqual([]);
};

test('no provider sees more than its limits in any window, and every step grants what a brute-force owner would', () => {
  fc.assert(fc.property(scenarios(), holds), { numRuns: RUNS });
}, 60 * RUNS);

test('a takeover in the middle of anything changes no limit and no decision', () => {
  fc.assert(fc.property(scenarios({ takeover: true }), holds), { numRuns: RUNS });
}, 60 * RUNS);

test('estimates that are too low are made good: every step still grants what the charges known by then allow', () => {
  fc.assert(fc.property(scenarios({ deficit: 3 }), (scenario) => {
    expect(play(scenario).problems).toEqual([]);
  }), { numRuns: RUNS });
}, 60 * RUNS);

test('limits that change keep what was charged: every step still grants what a brute-force owner would', () => {
  fc.assert(fc.property(scenarios({ changing: true, takeover: true }), (scenario) => {
    expect(play(scenario).problems).toEqual([]);
  }), { numRuns: RUNS });
}, 60 * RUNS);

test('decisions do not depend on the order in which events are given', () => {
  fc.assert(fc.property(scenarios({ takeover: true }), (scenario) => {
    expect(play({ ...scenario, reversed: true }).decisions).toEqual(play(scenario).decisions);
  }), { numRuns: RUNS });
}, 60 * RUNS);

test('a booked call begins to keep room in a short window as its time comes near, and who may pass changes with it', () => {
  const call = { model: 'a', input: 0, output: 0, maximum: 0, fate: 'served', pickupMs: 0, lagMs: 0, callMs: 0, reportMs: 0, tellsSent: false, patienceMs: 3_600_000,
    notBeforeMs: 0, actualInput: 0, actualOutput: 0 } as const;
  const limits = ([['total_tokens', 50, 120], ['output_tokens', 1000, 180]] as const).map(([dimension, windowMs, amount]) =>
    ({ id: dimension, kind: 'own', limit: { dimension, windowMs, amount, window: 'sliding' } }) as const);
  // The first runs long and fills the long window; the second is booked for its end. From 50 ms before, it keeps so much of the short
  // window that the third may not pass any more: that one's own booking ends, and the fourth may go.
  const { problems } = play({
    prefix: 1, refillMs: 1, cooldowns: [], changes: [], takeoverAt: null, reversed: false,
    calls: [
      { ...call, at: 0, lane: 0, maximum: 121, callMs: 960, tellsSent: true },
      { ...call, at: 1, lane: 0, maximum: 60 },
      { ...call, at: 1, lane: 2, maximum: 77 },
      { ...call, at: 1, lane: 4, output: 44 },
    ],
    capacity: { limits, outputCounting: 'unknown', sendWithinMs: 2000, leaseMs: 5000, paused: false, strategy: 'strict' },
  });
  expect(problems).toEqual([]);
});
