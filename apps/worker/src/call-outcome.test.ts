import type { CallEnd } from '@sluice/providers';
import { describe, expect, test } from 'vitest';
import { exampleJob, NOW } from '../test/examples.ts';
import { latestArrival, outcomeOfCall, settlementOf } from './call-outcome.ts';
import type { Reading } from './reader.ts';

const end = (given: Partial<CallEnd> = {}): CallEnd =>
  ({ failure: null, sentAt: NOW, bodySentAt: NOW + 5, firstByteAt: NOW + 300, endedAt: NOW + 900, ...given });
const reading = (given: Partial<Reading> = {}): Reading =>
  ({ outcome: null, frames: [], begun: false, usage: null, outputSeen: null, ...given });
const usage = { inputTokens: 11, cachedInputTokens: 0, outputTokens: 22, reasoningTokens: 0, source: 'provider' } as const;
const refused = (status: number | null, failure: 'invalid_request' | 'unavailable') =>
  ({ kind: 'failed', failure, tryNext: 'next', error: { status, code: null, message: 'm' }, usage: null }) as const;

describe('outcome', () => {
  const outcomeOf = (given: Partial<Parameters<typeof outcomeOfCall>[0]>) =>
    outcomeOfCall({ job: exampleJob(), route: 0, end: end(), reading: undefined, closed: undefined, gaveUp: undefined, ...given });

  test('an answer that is whole stands, even when the client left meanwhile', () => {
    const outcome = { kind: 'completed', usage } as const;
    expect(outcomeOf({ reading: reading({ outcome }), gaveUp: { kind: 'cancelled', by: 'client' } })).toBe(outcome);
  });

  test('given up: cancelled by whom, handed back when we stop, and lost when it came too late to be sent', () => {
    const aborted = end({ failure: 'aborted' });
    expect(outcomeOf({ end: aborted, gaveUp: { kind: 'cancelled', by: 'client' } })).toEqual({ kind: 'cancelled', by: 'client', usage: null });
    expect(outcomeOf({ end: aborted, gaveUp: { kind: 'stopping' } })).toEqual({ kind: 'lost' });
    expect(outcomeOf({ end: end({ failure: 'late', sentAt: null }) })).toEqual({ kind: 'lost' });
  });

  test('not sent because the provider asked for a pause: throttled for what is left of it', () => {
    const closed = { heardAt: NOW, until: NOW + 5_900, scope: 'model' } as const;
    expect(outcomeOf({ closed, end: end({ failure: 'closed', sentAt: null }) })).toMatchObject({ kind: 'throttled', retryAfterMs: 5_000, scope: 'model' });
  });

  test.each([
    ['refused', 'unavailable'], ['reset', 'unavailable'], ['tls', 'unavailable'], ['cut', 'cut'],
    ['timeout_first_byte', 'timeout'], ['timeout_whole', 'timeout'],
  ] as const)('%s is %s, and worth the next route', (failure, kind) => {
    expect(outcomeOf({ end: end({ failure }) })).toMatchObject({ kind: 'failed', failure: kind, tryNext: 'next' });
  });

  test('on the last route a connection that broke is tried again, one that was refused is not', () => {
    expect(outcomeOf({ route: 1, end: end({ failure: 'reset' }) })).toMatchObject({ tryNext: 'same' });
    expect(outcomeOf({ route: 1, end: end({ failure: 'refused' }) })).toMatchObject({ tryNext: 'next' });
  });

  test('the limit of the whole call is the deadline where that came first', () => {
    const job = exampleJob({ deadline: NOW + 900 });
    expect(outcomeOf({ job, end: end({ failure: 'timeout_whole' }) })).toEqual({ kind: 'cancelled', by: 'deadline', usage: null });
  });
});

describe('settlement', () => {
  const settle = (outcome: Parameters<typeof settlementOf>[1], given: { end?: CallEnd; reading?: Reading } = {}) =>
    settlementOf({ job: exampleJob(), route: 0, end: end(), reading: reading(), closed: undefined, gaveUp: undefined, ...given }, outcome, { guardMs: 200, heard: null });

  test('with the counts of the provider', () => {
    expect(settle({ kind: 'completed', usage }, { reading: reading({ usage }) })).toEqual({
      kind: 'sent', arrivedAt: NOW + 205, endedAt: NOW + 900, inputTokens: 11, outputTokens: 22, cooldownUntil: null, heard: null,
    });
  });

  test('with what the provider does not count told beside it', () => {
    const cached = { ...usage, cachedInputTokens: 7 };
    const settled = (countsCachedInput: boolean) => settlementOf({ job: exampleJob(), route: 0, end: end(), reading: reading({ usage: cached }), closed: undefined, gaveUp: undefined },
      { kind: 'completed', usage: cached }, { guardMs: 200, heard: null, countsCachedInput });
    expect(settled(false)).toMatchObject({ inputTokens: 11, uncountedInput: 7 });
    expect(settled(true)).not.toHaveProperty('uncountedInput');
  });

  test('with an estimate the input stays as reserved: only what a provider told teaches', () => {
    const estimated = { ...usage, source: 'estimated' } as const;
    expect(settle({ kind: 'completed', usage: estimated }, { reading: reading({ usage: estimated }) })).toMatchObject({ inputTokens: null, outputTokens: 22 });
  });

  test('without counts the input stays as reserved, and the output is what was seen', () => {
    const seen = reading({ begun: true, outputSeen: 9 });
    expect(settle({ kind: 'completed', usage }, { reading: seen })).toMatchObject({ inputTokens: null, outputTokens: 9 });
  });

  test('a refusal is charged as a request and no tokens; a failure of the provider stays as reserved', () => {
    expect(settle(refused(400, 'invalid_request'))).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect(settle(refused(500, 'unavailable'))).toMatchObject({ inputTokens: null, outputTokens: null });
    expect(settle(refused(null, 'unavailable'))).toMatchObject({ inputTokens: null, outputTokens: null });
  });

  test('a refusal at a limit brings a cooldown', () => {
    expect(settle({ kind: 'throttled', retryAfterMs: 1_000, scope: 'model', error: { status: 429, code: null, message: 'm' } }))
      .toMatchObject({ inputTokens: 0, outputTokens: 0, cooldownUntil: NOW + 1_900 });
  });

  test('what was never written is unsent', () => {
    const late = end({ failure: 'late', sentAt: null, bodySentAt: null, firstByteAt: null });
    expect(settle({ kind: 'lost' }, { end: late })).toEqual({ kind: 'unsent' });
  });
});

test('the latest arrival is the first byte, or the guard after sending, or after the end when the body was never handed over whole', () => {
  expect(latestArrival({ bodySentAt: 100, firstByteAt: 150, endedAt: 900 }, 200)).toBe(150);
  expect(latestArrival({ bodySentAt: 100, firstByteAt: 500, endedAt: 900 }, 200)).toBe(300);
  expect(latestArrival({ bodySentAt: 100, firstByteAt: null, endedAt: 900 }, 200)).toBe(300);
  expect(latestArrival({ bodySentAt: null, firstByteAt: null, endedAt: 900 }, 200)).toBe(1_100);
});
