import type { Outcome } from '@sluice/domain';
import { providers, type AnswerHead, type CallEnd } from '@sluice/providers';
import { expect, test } from 'vitest';
import { heardEarly, heardOf } from './heard.ts';

const provider = providers.get('openai-compatible');
if (!provider) throw new Error('no provider to test with');
const head: AnswerHead = {
  status: 200, at: 1_000, headers: { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '12', 'x-ratelimit-reset-requests': '6s' },
};
const end: CallEnd = { sentAt: 900, bodySentAt: 901, firstByteAt: 1_000, endedAt: 2_000, failure: null };
const error = { status: 500, code: null, message: 'm' };

test('limits are read off the headers, with the time at which the answer began', () => {
  const heard = heardOf(provider, { end, head, outcome: { kind: 'completed', usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, source: 'provider' } } });
  expect(heard).toEqual({
    sentAt: 900, at: 1_000, reception: 'ok', scope: 'connection',
    readings: [{ dimension: 'requests', amount: 60, remaining: 12, resetMs: 6_000, windowMs: 60_000 }],
  });
});

test.each<[Outcome, string | null]>([
  [{ kind: 'throttled', retryAfterMs: 1, scope: 'model', error }, 'refused'],
  [{ kind: 'failed', failure: 'unavailable', tryNext: 'next', error, usage: null }, 'failing'],
  [{ kind: 'failed', failure: 'unauthorized', tryNext: 'next', error, usage: null }, 'failing'],
  [{ kind: 'failed', failure: 'invalid_request', tryNext: 'none', error, usage: null }, 'ok'],
  [{ kind: 'cancelled', by: 'client', usage: null }, null],
  [{ kind: 'lost' }, null],
])('%o: the provider took it as %s', (outcome, reception) => {
  expect(heardOf(provider, { end, head: undefined, outcome })).toMatchObject({ reception, at: 2_000, readings: [] });
});

test('nothing is told of a call that was never sent, and early only what begins well', () => {
  expect(heardOf(provider, { end: { ...end, sentAt: null }, head: undefined, outcome: { kind: 'lost' } })).toBeNull();
  expect(heardEarly(provider, { ...head, status: 429 }, 900)).toBeNull();
  expect(heardEarly(provider, head, 900)).toMatchObject({ reception: 'ok', at: 1_000 });
});
