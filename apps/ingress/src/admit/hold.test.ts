import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdOf } from './hold.ts';
import type { HoldQuestion } from './hold.ts';

const NOW = 1_000_000;
const ask = (question: Partial<HoldQuestion> = {}) =>
  holdOf({ headers: {}, stream: false, now: NOW, maxWaitMs: null, deadline: null, outputTokens: 300, ...question });
const waits = (question?: Partial<HoldQuestion>) => (ask(question).startBy - NOW) / 1_000;
const lasts = (question?: Partial<HoldQuestion>) => (ask(question).deadline - NOW) / 1_000;

test('a call that is not streamed is held for 4 minutes and answered within 285 s, before clients give up at 300', () => {
  expect(waits()).toBe(240);
  expect(lasts()).toBe(285);
});

test('a stream is held for 10 minutes', () => {
  expect(waits({ stream: true })).toBe(600);
});

test('an SDK of less patience gets its answer or refusal 15 s before it gives up; its header is in seconds', () => {
  expect(lasts({ headers: { 'x-stainless-timeout': '60' } })).toBe(45);
  expect(lasts({ headers: { 'x-stainless-read-timeout': '120.0', 'x-stainless-timeout': '600' } })).toBe(105);
  expect(lasts({ headers: { 'x-stainless-read-timeout': 'not-given' } })).toBe(285);
  expect(lasts({ headers: { 'x-stainless-timeout': '4' } })).toBe(1);
  expect(lasts({ headers: { 'x-stainless-timeout': '60' }, stream: true })).toBeGreaterThan(600);
});

test('clients whose timers are reset by 102 can be held for 570 s, and only those get it', () => {
  for (const headers of [{ 'x-stainless-lang': 'js' }, { 'user-agent': 'ai/5.0.1' }, { 'user-agent': 'ai-sdk/openai/2' }]) {
    expect(ask({ headers })).toMatchObject({ processing: true, deadline: NOW + 570_000 });
    expect(ask({ headers, stream: true }).processing).toBe(false);
  }
  for (const headers of [{}, { 'user-agent': 'curl/8' }, { 'user-agent': 'my-ai/1' }]) expect(ask({ headers }).processing).toBe(false);
});

test('what the caller allows is kept, also where it is nothing', () => {
  expect(waits({ maxWaitMs: 5_000 })).toBe(5);
  expect(waits({ maxWaitMs: 0 })).toBe(0);
  expect(lasts({ deadline: NOW + 10_000 })).toBe(10);
});

test('a long answer is started earlier, so that it can be finished', () => {
  expect(waits({ outputTokens: 8_000 })).toBe(285 - 120);
  expect(waits({ outputTokens: 1_000_000 })).toBe(142.5);
});

test('a call never starts after its deadline, nor is it due before now', () => {
  const question = fc.record({
    stream: fc.boolean(), maxWaitMs: fc.option(fc.nat(10_000_000)), deadline: fc.option(fc.integer({ min: NOW + 1, max: NOW * 100 })), outputTokens: fc.nat(1_000_000),
    headers: fc.record({ 'x-stainless-timeout': fc.string() }, { requiredKeys: [] }),
  });
  fc.assert(fc.property(question, (asked) => {
    const hold = ask(asked);
    return hold.startBy <= hold.deadline && hold.startBy >= NOW && Number.isFinite(hold.deadline);
  }));
});
