import type { Limit } from '@sluice/domain';
import { expect, test } from 'vitest';
import { utilisationOf } from './measured.ts';
import { type Accepted, type Call, openProvider, type Provider } from './provider.ts';

const limitOf = (dimension: Limit['dimension'], amount: number, rest: Partial<Limit> = {}): Limit =>
  ({ dimension, amount, windowMs: 1_000, window: 'sliding', ...rest });
const callOf = (inputTokens: number, outputTokens: number, maximumOutputTokens = 0): Call => ({ inputTokens, outputTokens, maximumOutputTokens });

function accepted(provider: Provider, call: Call, now: number): Accepted {
  const reception = provider.receive(call, now);
  if (reception.kind === 'refused') throw new Error(`refused at ${now}`);
  return reception;
}
const isTaken = (provider: Provider, call: Call, now: number): boolean => provider.receive(call, now).kind === 'accepted';

test('sliding: no interval of a window may hold more', () => {
  const provider = openProvider([limitOf('requests', 2)], 'as_produced');
  const taken = [0, 600, 999, 1_000, 1_599, 1_600].map((now) => isTaken(provider, callOf(1, 1), now));
  expect(taken).toEqual([true, true, false, true, false, true]);
});

test('fixed: each aligned window begins anew', () => {
  const provider = openProvider([limitOf('requests', 2, { window: 'fixed' })], 'as_produced');
  const taken = [900, 950, 999, 1_000, 1_001, 1_999].map((now) => isTaken(provider, callOf(1, 1), now));
  expect(taken).toEqual([true, true, false, true, true, false]);
});

test('bucket: it starts full and refills evenly', () => {
  const provider = openProvider([limitOf('requests', 2, { window: 'bucket' })], 'as_produced');
  const taken = [0, 0, 0, 499, 500, 501].map((now) => isTaken(provider, callOf(1, 1), now));
  expect(taken).toEqual([true, true, false, false, true, false]);
});

test('paced: besides the window, its share in any shorter interval', () => {
  const provider = openProvider([limitOf('requests', 4, { paceMs: 250 })], 'as_produced');
  const taken = [0, 100, 250, 499, 500].map((now) => isTaken(provider, callOf(1, 1), now));
  expect(taken).toEqual([true, false, true, false, true]);
});

test('a refusal says when it would fit, and that a call larger than the limit never will', () => {
  const provider = openProvider([limitOf('input_tokens', 100)], 'as_produced');
  accepted(provider, callOf(80, 5), 0);
  expect(provider.receive(callOf(30, 5), 400)).toEqual({ kind: 'refused', retryAfterMs: 600 });
  expect(provider.receive(callOf(101, 5), 400)).toEqual({ kind: 'refused', retryAfterMs: null });
});

test('output as produced counts when the call ends', () => {
  const provider = openProvider([limitOf('total_tokens', 100)], 'as_produced');
  const call = callOf(20, 70);
  const first = accepted(provider, call, 0);
  expect(isTaken(provider, callOf(20, 1), 100)).toBe(true);
  provider.end(call, first, 200);
  expect(isTaken(provider, callOf(20, 1), 300)).toBe(false);
  expect(isTaken(provider, callOf(20, 1), 1_000)).toBe(false);
  expect(isTaken(provider, callOf(20, 1), 1_200)).toBe(true);
});

test('the maximum at admission counts at the arrival, and gives back at the end what was not produced', () => {
  const provider = openProvider([limitOf('total_tokens', 100)], 'maximum_at_admission');
  const call = callOf(20, 10, 70);
  const first = accepted(provider, call, 0);
  expect(isTaken(provider, callOf(20, 1, 10), 100)).toBe(false);
  provider.end(call, first, 200);
  expect(isTaken(provider, callOf(20, 1, 10), 300)).toBe(true);
});

test('concurrency: from the arrival to the end', () => {
  const provider = openProvider([limitOf('concurrency', 1, { windowMs: 0 })], 'as_produced');
  const call = callOf(1, 1);
  const first = accepted(provider, call, 0);
  expect(isTaken(provider, call, 499)).toBe(false);
  provider.end(call, first, 500);
  expect(isTaken(provider, call, 500)).toBe(true);
  expect(provider.uses.map((use) => utilisationOf(use, 1_000))).toEqual([0.5]);
});

test('utilisation is what was accepted, over whole windows', () => {
  const provider = openProvider([limitOf('requests', 4)], 'as_produced');
  for (const at of [0, 10, 900, 1_500, 2_100]) accepted(provider, callOf(1, 1), at);
  expect(provider.uses.map((use) => utilisationOf(use, 2_900))).toEqual([4 / 8]);
});
