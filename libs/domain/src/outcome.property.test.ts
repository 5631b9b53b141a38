import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Job } from './job.ts';
import { FAILURES, MAX_ATTEMPTS, MAX_SAME_ROUTE, whatFollows, type AttemptFacts, type Outcome } from './outcome.ts';

const error = { status: 500, code: null, message: 'no' };
const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, source: 'provider' } as const;
const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant<Outcome>({ kind: 'completed', usage }),
  fc.constant<Outcome>({ kind: 'lost' }),
  fc.record({ kind: fc.constant('cancelled' as const), by: fc.constantFrom('client', 'operator', 'deadline', 'ingress_lost'), usage: fc.constant(null) }),
  fc.record({ kind: fc.constant('throttled' as const), retryAfterMs: fc.nat(120_000), scope: fc.constant('connection' as const), error: fc.constant(error) }),
  fc.record({
    kind: fc.constant('failed' as const), failure: fc.constantFrom(...FAILURES), tryNext: fc.constantFrom('same', 'next', 'none'),
    error: fc.constant(error), usage: fc.constant(null),
  }),
);
const cases = fc.record({
  outcome: outcomes, routes: fc.integer({ min: 1, max: 4 }), route: fc.nat(3), attempt: fc.integer({ min: 1, max: 8 }), onRoute: fc.integer({ min: 0, max: 3 }),
  begun: fc.boolean(), startIn: fc.integer({ min: -1_000, max: 100_000 }), deadlineIn: fc.integer({ min: -1_000, max: 100_000 }),
}).filter(({ route, routes }) => route < routes);
const NOW = 1_000_000;

function follows({ outcome, routes, startIn, deadlineIn, ...facts }: typeof cases extends fc.Arbitrary<infer C> ? C : never, kept?: Job['kept']) {
  // Only what the decision reads of a job.
  const job = { routes: Array.from({ length: routes }), startBy: NOW + startIn, deadline: NOW + deadlineIn, ...(kept ? { kept } : {}) } as unknown as Job;
  return whatFollows(outcome, job, { ...facts, now: NOW } satisfies AttemptFacts);
}

test('a completed attempt completes its job, and a cancelled one ends it for good', () => {
  fc.assert(fc.property(cases, (one) => {
    const next = follows(one);
    if (one.outcome.kind === 'completed') expect(next).toEqual({ kind: 'finish', state: 'completed' });
    if (one.outcome.kind === 'cancelled') expect(next).toEqual({ kind: 'finish', state: one.outcome.by === 'deadline' ? 'expired' : 'cancelled' });
  }));
});

test('an answer that has begun is never begun again', () => {
  fc.assert(fc.property(cases, (one) => { expect(follows({ ...one, begun: true }).kind).toBe('finish'); }));
});

test('another attempt is on the same route or the next, and never after the deadline', () => {
  fc.assert(fc.property(cases, (one) => {
    const next = follows(one);
    if (next.kind !== 'again') return;
    expect([one.route, one.route + 1]).toContain(next.route);
    expect(next.route).toBeLessThan(one.routes);
    expect(Math.max(next.notBefore, NOW)).toBeLessThan(NOW + one.deadlineIn);
  }));
});

test('attempts that cost something come to an end: on each route, and in all', () => {
  fc.assert(fc.property(cases, (one) => {
    const next = follows(one);
    if (one.outcome.kind === 'throttled' || next.kind !== 'again') return;
    if (next.route === one.route) expect(one.onRoute).toBeLessThan(MAX_SAME_ROUTE);
    if (one.outcome.kind === 'failed') expect(one.attempt).toBeLessThan(MAX_ATTEMPTS);
  }));
});

test('a kept job outlives the death of its workers, but not of one after the other for ever', () => {
  const lost = { outcome: { kind: 'lost' }, routes: 1, route: 0, begun: false, startIn: 10_000, deadlineIn: 10_000 } as const;
  fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 3 }), (onRoute, throttled) => {
    const next = follows({ ...lost, onRoute, attempt: onRoute + throttled }, { generation: 0 });
    expect(next.kind).toBe(onRoute < MAX_ATTEMPTS ? 'again' : 'finish');
  }));
});

test('the caller\'s own mistake is not tried again, a passing one is while a route is left', () => {
  const failed = (tryNext: 'none' | 'next') => ({ kind: 'failed', failure: 'unavailable', tryNext, error, usage: null } as const);
  const base = { routes: 2, route: 0, attempt: 1, onRoute: 1, begun: false, startIn: 10_000, deadlineIn: 10_000 };
  expect(follows({ ...base, outcome: failed('none') })).toEqual({ kind: 'finish', state: 'failed' });
  expect(follows({ ...base, outcome: failed('next') })).toEqual({ kind: 'again', route: 1, notBefore: 0 });
  expect(follows({ ...base, route: 1, outcome: failed('next') })).toEqual({ kind: 'finish', state: 'failed' });
  expect(follows({ ...base, outcome: { kind: 'throttled', retryAfterMs: 500, scope: 'connection', error } })).toEqual({ kind: 'again', route: 0, notBefore: NOW + 500 });
  expect(follows({ ...base, outcome: { kind: 'throttled', retryAfterMs: 30_000, scope: 'connection', error } })).toEqual({ kind: 'again', route: 1, notBefore: 0 });
});
