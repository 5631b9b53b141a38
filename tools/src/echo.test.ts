import { expect, test } from 'vitest';
import { calmly, worthShowing } from './echo.ts';

test('warnings and errors of a log are shown with the reason of the error, and nothing else of them', () => {
  const line = (level: string) =>
    JSON.stringify({ level, message: 'provider gone', error: { message: 'reset', stack: 'Error: reset\n at x' }, job: 'j1' });
  expect(worthShowing(line('error'), 'stdout')).toBe('error: provider gone: reset');
  expect(worthShowing('{"level":"warn","message":"slow"}', 'stdout')).toBe('warn: slow');
  expect(worthShowing(line('info'), 'stdout')).toBeUndefined();
});

test('what a process says beside its log is shown when it is an error', () => {
  expect(worthShowing('TypeError: x is not a function', 'stderr')).toBe('TypeError: x is not a function');
  expect(worthShowing('{ half an object', 'stderr')).toBe('{ half an object');
  expect(worthShowing('  ', 'stderr')).toBeUndefined();
  expect(worthShowing('listening on 127.0.0.1:1', 'stdout')).toBeUndefined();
});

test('a storm is cut off after ten lines, once, until the while is over', () => {
  const shown: string[] = [];
  let now = 0;
  const show = calmly(
    (line) => shown.push(line),
    'more',
    () => now,
  );
  for (let i = 0; i < 50; i += 1) show(`line ${i}`);
  expect(shown).toHaveLength(11);
  expect(shown.at(-1)).toBe('more');
  now = 10_001;
  show('later');
  expect(shown.at(-1)).toBe('later');
});
