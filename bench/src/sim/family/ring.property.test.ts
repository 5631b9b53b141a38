import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

const WINDOW_MS = 4_096;
const HORIZON_MS = 500;
const charges = fc.array(fc.record({ afterMs: fc.nat({ max: 900 }), aheadMs: fc.nat({ max: 300 }), amount: fc.nat({ max: 50 }) }), { maxLength: 60 });

test('a ring holds the sums of the last window and of what leaves within the horizon', () => fc.assert(fc.property(charges, (all) => {
  const ring = new Ring(WINDOW_MS, HORIZON_MS);
  const log: { at: number; amount: number }[] = [];
  let now = 0;
  for (const { afterMs, aheadMs, amount } of all) {
    now += afterMs;
    ring.add(now + aheadMs, amount);
    log.push({ at: now + aheadMs, amount });
    const after = (from: number): number => log.reduce((sum, charge) => (charge.at > from ? sum + charge.amount : sum), 0);
    const held = after(now - WINDOW_MS);
    expect(ring.total(now)).toBe(held);
    expect(ring.soon(now)).toBe(held - after(now - WINDOW_MS + HORIZON_MS));
    if (held === 0) continue;
    const freesAt = ring.freesAt(1, now);
    expect(after(freesAt - WINDOW_MS)).toBeLessThan(held);
    expect(after(freesAt - 1 - WINDOW_MS)).toBe(held);
  }
})));

test('nothing charged, nothing frees', () => {
  expect(new Ring(WINDOW_MS, HORIZON_MS).freesAt(1, 77)).toBe(Infinity);
});
