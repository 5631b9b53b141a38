import { describe, expect, test } from 'vitest';
import { chooseFaults, matches, type CallFacts } from './choose.ts';
import { parseScript } from './parse.ts';
import type { Rule } from './rule.ts';

const facts = (more: Partial<CallFacts> = {}): CallFacts => ({ call: 1, elapsedMs: 0, model: 'm', key: 'k', ...more });
const given = { seed: 1, fired: new Set<number>() };
const callsThatMeet = (rule: Rule, calls: number): number[] => Array.from({ length: calls }, (_, i) => i + 1)
  .filter((call) => chooseFaults([rule], facts({ call }), given).ending !== null);

describe('when a rule applies', () => {
  test('from one call to another, every so many', () => {
    expect(callsThatMeet({ when: { fromCall: 2, toCall: 9, every: 3 }, fault: { kind: 'hang' } }, 12)).toEqual([2, 5, 8]);
  });

  test('from one time until before another, for one model and one key', () => {
    const when = { fromMs: 100, toMs: 200, model: 'm', key: 'k' };
    expect(matches(when, facts({ elapsedMs: 100 }), 0)).toBe(true);
    expect(matches(when, facts({ elapsedMs: 99 }), 0)).toBe(false);
    expect(matches(when, facts({ elapsedMs: 200 }), 0)).toBe(false);
    expect(matches(when, facts({ elapsedMs: 150, model: 'other' }), 0)).toBe(false);
    expect(matches(when, facts({ elapsedMs: 150, key: 'other' }), 0)).toBe(false);
  });

  test('with a probability, about so often, and on the same calls in each run', () => {
    const rule: Rule = { when: { probability: 0.3 }, fault: { kind: 'reset' } };
    const met = callsThatMeet(rule, 1_000);
    expect(met.length).toBeGreaterThan(240);
    expect(met.length).toBeLessThan(360);
    expect(callsThatMeet(rule, 1_000)).toEqual(met);
  });
});

test('shaping faults add up, and the first that ends a call does', () => {
  const rules: Rule[] = [
    { when: {}, fault: { kind: 'latency', latencyMs: 5 } },
    { when: {}, fault: { kind: 'slow_first_byte', delayMs: 10 } },
    { when: {}, fault: { kind: 'slow_first_byte', delayMs: 20 } },
    { when: {}, fault: { kind: 'cut', atByte: 7 } },
    { when: {}, fault: { kind: 'hang' } },
  ];
  expect(chooseFaults(rules, facts(), given)).toMatchObject({
    latencyMs: 5, firstByteDelayMs: 30, ending: { kind: 'cut', atByte: 7 },
  });
});

test('a fault of the whole provider that goes by the clock is brought about by no call', () => {
  const limits = { kind: 'limits', limits: [] } as const;
  expect(chooseFaults([{ when: { fromMs: 0 }, fault: limits }], facts(), given).provider).toEqual([]);
  expect(chooseFaults([{ when: { fromCall: 1 }, fault: limits }], facts(), given).provider).toEqual([limits]);
  const again = { seed: 1, fired: new Set([0]) };
  expect(chooseFaults([{ when: { fromCall: 1 }, fault: limits }], facts(), again).provider).toEqual([]);
});

describe('a script from JSON', () => {
  test('is read', () => {
    expect(
      parseScript({
        rules: [
          { when: { every: 2 }, fault: { kind: 'throttle', retryAfterMs: 5 } }, { fault: { kind: 'usage', usage: null } },
        ],
      })
    ).toEqual([
      { when: { every: 2 }, fault: { kind: 'throttle', retryAfterMs: 5 } },
      { when: {}, fault: { kind: 'usage', usage: null } },
    ]);
  });

  test.each([
    [[{ fault: { kind: 'explode' } }], 'rules[0].fault.kind'],
    [[{ fault: { kind: 'cut' } }], 'rules[0].fault.atByte'],
    [[{ fault: { kind: 'hang' } }, { when: { evry: 2 }, fault: { kind: 'hang' } }], 'rules[1].when.evry'],
    [[{ when: { probability: 2 }, fault: { kind: 'hang' } }], 'rules[0].when.probability'],
    [
      [{ fault: { kind: 'limits', limits: [{ dimension: 'cost', amount: 1, windowMs: 1 }] } }],
      'rules[0].fault.limits[0].dimension',
    ],
    ['text', 'script'],
  ])('names what is wrong with %j', (script, place) => {
    expect(() => parseScript(script)).toThrow(place);
  });
});
