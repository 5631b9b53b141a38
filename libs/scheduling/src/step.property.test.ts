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

const RUNS = 1000;

const holds = (scenario: Scenario): void => {
  const { problems, seen } = play(scenario);
  expect(problems).toEqual([]);
  expect(refusals(scenario, seen)).toEqual([]);
};

test('no provider sees more than its limits in any window, and every step grants what a brute-force owner would', () => {
  fc.assert(fc.property(scenarios(), holds), { numRuns: RUNS });
}, 60_000);

test('a takeover in the middle of anything changes no limit and no decision', () => {
  fc.assert(fc.property(scenarios({ takeover: true }), holds), { numRuns: RUNS });
}, 60_000);

test('estimates that are too low are made good: every step still grants what the charges known by then allow', () => {
  fc.assert(fc.property(scenarios({ deficit: 3 }), (scenario) => {
    expect(play(scenario).problems).toEqual([]);
  }), { numRuns: RUNS });
}, 60_000);

test('limits that change keep what was charged: every step still grants what a brute-force owner would', () => {
  fc.assert(fc.property(scenarios({ changing: true, takeover: true }), (scenario) => {
    expect(play(scenario).problems).toEqual([]);
  }), { numRuns: RUNS });
}, 60_000);

test('decisions do not depend on the order in which events are given', () => {
  fc.assert(fc.property(scenarios({ takeover: true }), (scenario) => {
    expect(play({ ...scenario, reversed: true }).decisions).toEqual(play(scenario).decisions);
  }), { numRuns: RUNS });
}, 60_000);
