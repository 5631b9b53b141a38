/** What others take of the account, as far as the provider's word shows it. */
import { expect, test } from 'vitest';
import { limitOf, T0 } from '../test/words.ts';
import { openAccounts, takenOf, type Account } from './account.ts';
import { holdBack, noForeign, notice, sample } from './foreign.ts';

const WINDOW_MS = 60_000;
function scene(): { readonly account: Account; readonly foreign: ReturnType<typeof noForeign> } {
  const [account] = openAccounts(limitOf('requests', 1_000));
  if (account === undefined) throw new Error('a limit has an account');
  return { account, foreign: noForeign(WINDOW_MS) };
}

test('what the provider counts beyond ours is charged for others, once, and counts for a window', () => {
  const { account, foreign } = scene();
  account.stamps.add(T0, 100);
  sample(foreign, account, T0);
  expect(notice(foreign, account, { at: T0 + 10, used: 400, refused: false })).toBe(300);
  expect(notice(foreign, account, { at: T0 + 20, used: 400, refused: false })).toBe(0);
  expect(takenOf(account, T0 + 20)).toBe(400);
  expect(takenOf(account, T0 + WINDOW_MS + 100)).toBe(0);
});

test('a hundredth is noise, but not with a refusal', () => {
  const { account, foreign } = scene();
  sample(foreign, account, T0);
  expect(notice(foreign, account, { at: T0 + 10, used: 10, refused: false })).toBe(0);
  expect(notice(foreign, account, { at: T0 + 20, used: 10, refused: true })).toBe(10);
});

test('ours is the most we counted since the provider spoke: what was granted or had left since is nobody else', () => {
  const { account, foreign } = scene();
  account.stamps.add(T0, 200);
  sample(foreign, account, T0);
  account.stamps.add(T0, 150);
  sample(foreign, account, T0 + 100);
  account.stamps.add(T0, -300);
  sample(foreign, account, T0 + 200);
  expect(notice(foreign, account, { at: T0 + 50, used: 350, refused: false })).toBe(0);
});

test('of a time before the first sample nothing is said', () => {
  const { account, foreign } = scene();
  sample(foreign, account, T0);
  expect(notice(foreign, account, { at: T0 - 1, used: 900, refused: true })).toBe(0);
});

test('what others are expected to take until they are heard of again is held back, and given back when they are', () => {
  const { account, foreign } = scene();
  sample(foreign, account, T0);
  holdBack(foreign, account, T0);
  expect(account.floating).toBe(0);
  notice(foreign, account, { at: T0, used: 60, refused: false });
  holdBack(foreign, account, T0 + 6_000);
  const held = account.floating;
  expect(held).toBeGreaterThanOrEqual(60);
  holdBack(foreign, account, T0 + 12_000);
  expect(account.floating).toBeGreaterThan(0);
  holdBack(foreign, account, T0 + 2 * WINDOW_MS);
  expect(account.floating).toBe(0);
});
