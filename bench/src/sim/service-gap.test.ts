import { expect, test } from 'vitest';
import { ServiceGap } from './service-gap.ts';

/** Joins, is served and leaves. */
const serve = (gap: ServiceGap, name: string, service: number): void => {
  gap.served(name, service);
  gap.left(name);
};

test('the gap is the largest difference of service while both were waiting', () => {
  const gap = new ServiceGap();
  for (const name of ['a', 'a', 'a', 'b', 'b']) gap.joined(name);
  serve(gap, 'a', 5);
  serve(gap, 'a', 5);
  expect(gap.largest).toBe(10);
  serve(gap, 'b', 8);
  expect(gap.largest).toBe(10);
});

test('it is also that of a stretch in the middle', () => {
  const gap = new ServiceGap();
  for (const name of ['a', 'a', 'a', 'b', 'b', 'b', 'b']) gap.joined(name);
  serve(gap, 'a', 5);
  for (let times = 0; times < 3; times += 1) serve(gap, 'b', 4);
  expect(gap.largest).toBe(12);
});

test('what was served while the other was idle does not count', () => {
  const gap = new ServiceGap();
  for (const name of ['a', 'a', 'a', 'b']) gap.joined(name);
  serve(gap, 'b', 3);
  serve(gap, 'a', 100);
  gap.joined('b');
  serve(gap, 'b', 2);
  expect(gap.largest).toBe(3);
});
