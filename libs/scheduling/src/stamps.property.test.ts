/** Held against a plain list: never early, late by less than a sub-interval, and taken back without a trace. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Stamps } from './stamps.ts';

const charges = fc.array(fc.record({
  /** ahead of now (latest arrivals) or behind it (late reports) */
  offset: fc.integer({ min: -400_000, max: 2_000 }),
  amount: fc.integer({ min: 1, max: 500 }),
  waitMs: fc.integer({ min: 0, max: 20_000 }),
}), { maxLength: 80 });
const windows = fc.constantFrom(1, 20, 1_000, 2_048, 2_049, 60_000, 300_000, 86_400_000);
const T0 = 1_790_000_000_000;

test('a charge frees no earlier than a window after its time, and at most a sub-interval later', () => {
  fc.assert(fc.property(windows, charges, (windowMs, list) => {
    const stamps = new Stamps(windowMs);
    const log: { at: number; amount: number }[] = [];
    const width = Math.max(1, Math.ceil(windowMs / 2048));
    let now = T0;
    for (const { offset, amount, waitMs } of list) {
      now += waitMs;
      stamps.total(now);
      stamps.add(now + offset, amount);
      log.push({ at: now + offset, amount });
      const live = (slack: number): number =>
        log.reduce((sum, charge) => (charge.at + windowMs + slack > now ? sum + charge.amount : sum), 0);
      const total = stamps.total(now);
      expect(total).toBeGreaterThanOrEqual(live(0));
      expect(total).toBeLessThanOrEqual(live(width));
    }
  }), { numRuns: 1000 });
});

test('what is taken back leaves no trace, whatever happened in between', () => {
  fc.assert(fc.property(windows, charges, charges, (windowMs, kept, undone) => {
    const [with_, without] = [new Stamps(windowMs), new Stamps(windowMs)];
    let now = T0;
    for (const { offset, amount } of undone) with_.add(now + offset, amount);
    for (const { offset, amount, waitMs } of kept) {
      now += waitMs;
      for (const stamps of [with_, without]) stamps.add(now + offset, amount);
      with_.total(now);
    }
    for (const { offset, amount } of undone) with_.add(T0 + offset, -amount);
    expect(with_.total(now)).toBe(without.total(now));
    expect(with_.freesAt(1)).toBe(without.freesAt(1));
  }), { numRuns: 1000 });
});

test('freesAt is the first moment at which that much has left', () => {
  fc.assert(fc.property(windows, charges, fc.integer({ min: 1, max: 2_000 }), (windowMs, list, wanted) => {
    const stamps = new Stamps(windowMs);
    for (const { offset, amount } of list) stamps.add(T0 + offset, amount);
    const before = stamps.total(T0);
    const at = stamps.freesAt(wanted);
    expect(at === Infinity).toBe(before < wanted);
    if (at === Infinity) return;
    expect(before - stamps.total(at - 1)).toBeLessThan(wanted);
    expect(before - stamps.total(at)).toBeGreaterThanOrEqual(wanted);
  }), { numRuns: 1000 });
});

test('a window of a month holds some thousands of entries, not one a charge', () => {
  const stamps = new Stamps(30 * 86_400_000);
  for (let i = 0; i < 20_000; i += 1) stamps.add(T0 + i * 130_000, 1);
  expect(stamps.total(T0 + 20_000 * 130_000)).toBeGreaterThanOrEqual(Math.floor((30 * 86_400_000) / 130_000));
  expect([...stamps.entries()].length).toBeLessThan(2_100);
});
