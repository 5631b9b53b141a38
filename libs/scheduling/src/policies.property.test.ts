/**
 * What `weighted` promises, in random crowds on a virtual clock: many tenants and priorities, a few limits, calls of all sizes. Judged
 * from the grants alone, by sums over whole logs.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crowds, gather, type Crowd, type Granted } from '../test/crowd.ts';

/** `npm run check` looks at fewer worlds than the builds do. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? (process.env['CI'] === 'true' ? 1_000 : 40));

const holds = (name: string, crowd: fc.Arbitrary<Crowd>, verdict: (crowd: Crowd, grants: readonly Granted[]) => readonly string[]): void => {
  test(name, () => {
    fc.assert(fc.property(crowd, (drawn) => {
      expect(verdict(drawn, gather(drawn))).toEqual([]);
    }), { numRuns: RUNS });
  }, 120_000);
};

const inWindow = (grants: readonly Granted[], { at, windowMs }: { at: number; windowMs: number }): readonly Granted[] =>
  grants.filter((grant) => grant.at > at - windowMs && grant.at <= at);
const sumOf = (grants: readonly Granted[]): number => grants.reduce((sum, { tokens }) => sum + tokens, 0);

holds('no window holds more than the limit', crowds(), ({ amount, windowMs }, grants) =>
  grants.filter(({ at }) => sumOf(inWindow(grants, { at, windowMs })) > amount).map(({ at }) => `over at ${at}`));

holds('no priority takes more than its ceiling, but for one call that is larger', crowds(), ({ amount, windowMs, priorities }, grants) =>
  priorities.flatMap(({ name, ceiling }) => {
    const own = grants.filter(({ priority }) => priority === name);
    return own.flatMap(({ at }) => {
      const inside = inWindow(own, { at, windowMs });
      return sumOf(inside) > (ceiling / 100) * amount && inside.length > 1 ? [`${name} takes ${sumOf(inside)} at ${at}`] : [];
    });
  }));

holds('a backlogged priority gets its reserved share of every window, but for the largest call', crowds({ backlogged: true }),
  ({ amount, windowMs, priorities, largest, lengthMs }, grants) => priorities.flatMap(({ name, reserved }) => {
    const own = grants.filter(({ priority }) => priority === name);
    const ends = Array.from({ length: Math.floor(lengthMs / windowMs) - 1 }, (_, n) => (n + 2) * windowMs);
    return ends.flatMap((at) => {
      const got = sumOf(inWindow(own, { at, windowMs }));
      return got < (reserved / 100) * amount - 2 * largest ? [`${name} got ${got} of ${amount} in the window to ${at}`] : [];
    });
  }));

holds('the service of two backlogged tenants stays within twice the largest call, by weight', crowds({ backlogged: true }),
  ({ tenants, largest }, grants) => tenants.flatMap((one) => tenants.flatMap((other) => {
    if (one.priority !== other.priority || one.name >= other.name) return [];
    let gap = 0;
    let widest = 0;
    for (const { tenant, tokens } of grants) {
      if (tenant === one.name) gap += tokens / one.weight;
      if (tenant === other.name) gap -= tokens / other.weight;
      widest = Math.max(widest, Math.abs(gap));
    }
    return widest > (2 * largest) / Math.min(one.weight, other.weight) ? [`${one.name} and ${other.name} are ${widest} apart`] : [];
  })));

holds('with one priority in use nothing is held back: it takes all that it may at once', crowds({ priorities: 1 }),
  ({ amount, largest, waiting, priorities: [only] }, grants) => {
    const may = (amount * (only?.ceiling ?? 100)) / 100;
    const first = sumOf(grants.filter(({ at }) => at === 0));
    return waiting > may && first < may - largest ? [`took ${first} of ${may} at first`] : [];
  });
