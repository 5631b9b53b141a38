import { expect, test } from 'vitest';
import { noTally, reasonLines, tallyLine } from './tally.ts';

test('the last line counts what passed and failed, and what was skipped if anything was', () => {
  expect(tallyLine({ ...noTally(), passed: 12, failed: 1 })).toBe('12 passed, 1 failed');
  expect(tallyLine({ ...noTally(), passed: 12, skipped: 3 })).toBe('12 passed, 0 failed, 3 skipped');
});

test('each reason for skipping is said once, with some of the tests', () => {
  expect(reasonLines({ ...noTally(), reasons: { 'no recordings': ['a', 'b', 'c', 'd'], 'no Java': ['e'] } })).toEqual([
    'skipped 4: no recordings',
    '  a',
    '  b',
    '  c',
    '  and 1 more',
    'skipped 1: no Java',
    '  e',
  ]);
});
