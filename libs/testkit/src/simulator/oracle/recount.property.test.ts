import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostAtOnce, mostInAlignedWindow, mostInAnyWindow, type Spent } from './recount.ts';
import type { CallRecord } from './call.ts';

const spentList = fc.array(fc.record({ at: fc.nat(500), amount: fc.nat(20) }), { maxLength: 50 })
  .map((list): Spent[] => list.sort((a, b) => a.at - b.at));
const sum = (list: readonly Spent[]): number => list.reduce((total, { amount }) => total + amount, 0);

const windows = fc.integer({ min: 1, max: 200 });

test('the most in any window is the most over every interval there is', () =>
  fc.assert(fc.property(spentList, windows, (list, windowMs) => {
    const starts = Array.from({ length: 501 + windowMs }, (_, i) => i - windowMs);
    const brute = Math.max(0, ...starts.map((from) => sum(list.filter(({ at }) => at >= from && at < from + windowMs))));
    expect(mostInAnyWindow(list, windowMs)).toBe(brute);
  })));

test('the most in an aligned window is the most over every aligned interval', () =>
  fc.assert(fc.property(spentList, windows, fc.nat(300), (list, windowMs, offset) => {
    const firsts = Array.from({ length: 1_100 }, (_, i) => i - 550).map((window) => window * windowMs + offset);
    const brute = Math.max(0, ...firsts.map((from) => sum(list.filter(({ at }) => at >= from && at < from + windowMs))));
    expect(mostInAlignedWindow(list, windowMs, offset)).toBe(brute);
  })));

const call = (arrivedAt: number, endedAt: number | null): CallRecord => ({
  n: 1, arrivedAt, endedAt, key: '', model: '', stream: false, inputTokens: 0, maxOutputTokens: 0, outputTokens: 0,
  outcome: 'answered', charged: true, status: 200, refusedBy: null, fault: null, recording: null, bytesSent: 0,
  firstByteAt: null, clientGoneAt: null,
});

const stay = fc.record({ from: fc.nat(100), length: fc.integer({ min: 1, max: 40 }), open: fc.boolean() });
const stays = fc.array(stay, { maxLength: 30 });

test('the most at once is the most over every moment', () =>
  fc.assert(fc.property(stays, (list) => {
    const calls = list.map(({ from, length, open }) => call(from, open ? null : from + length));
    const openAt = (at: number): number => calls.filter((c) => c.arrivedAt <= at && (c.endedAt ?? Infinity) > at).length;
    expect(mostAtOnce(calls)).toBe(Math.max(0, ...Array.from({ length: 160 }, (_, at) => openAt(at))));
  })));
