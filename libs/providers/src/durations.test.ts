import { expect, test } from 'vitest';
import { durationInMessage, durationMs, instantMs, LONGEST_MS, retryAfterHeaderMs } from './durations.ts';

test.each([
  ['6m0s', 360_000], ['1m0.198s', 60_198], ['20ms', 20], ['224.999999ms', 225], ['28m48s', 1_728_000], ['1h2m', 3_720_000],
  ['0s', 0], ['34', 34_000], ['1.5', 1_500], ['400d', LONGEST_MS],
  ['', null], ['soon', null], ['5x', null], ['s', null], ['1m nonsense', null],
])('duration %j is %j', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test('a date in the past, or a number of seconds beyond reason, stays within bounds', () => {
  expect(retryAfterHeaderMs('Thu, 01 Jan 1970 00:00:01 GMT', 5_000)).toBe(0);
  expect(retryAfterHeaderMs('99999999', 0)).toBe(LONGEST_MS);
  expect(retryAfterHeaderMs('later', 0)).toBeNull();
});

test('a point in time is ms, or seconds where it could be no ms', () => {
  expect(instantMs('1754667660000', 1_754_667_600_000)).toBe(60_000);
  expect(instantMs('1754667660', 1_754_667_600_000)).toBe(60_000);
});

test('a message that tells the time to people', () => {
  expect(durationInMessage('Please try again in 20ms. See docs.')).toBe(20);
  expect(durationInMessage('Please retry after 3s')).toBe(3_000);
  expect(durationInMessage('try again later')).toBeNull();
});
