import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

test('a scenario alone leaves everything to it', () => {
  expect(parseOptions(['b1'])).toEqual({ scenario: 'b1', seconds: null, rounds: null, systems: null, only: null, kill: null, profile: false, keep: false, json: false });
});

test('every option is read', () => {
  expect(parseOptions(['b0', '--seconds', '9', '--rounds', '1', '--systems', 'direct,sluice', '--only', 'a,b', '--kill', 'worker', '--profile', '--keep', '--json']))
    .toEqual({ scenario: 'b0', seconds: 9, rounds: 1, systems: ['direct', 'sluice'], only: ['a', 'b'], kill: 'worker', profile: true, keep: true, json: true });
});

test.each([[], ['b0', 'b1'], ['b0', '--seconds', '0'], ['b0', '--rounds', 'many'], ['b0', '--kill', 'postgres'], ['b0', '--fast']])('%j is refused', (...args) => {
  expect(() => parseOptions(args)).toThrow();
});
