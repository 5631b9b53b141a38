import { expect, test } from 'vitest';
import { fakeClock } from './fake-clock.ts';

test('a fake clock goes forward as it is told, and never back', () => {
  const clock = fakeClock(1_000);
  clock.advanceBy(5);
  clock.advanceTo(1_010);
  expect(clock.now()).toBe(1_010);
  expect(() => clock.advanceTo(1_009)).toThrow('backwards');
});
