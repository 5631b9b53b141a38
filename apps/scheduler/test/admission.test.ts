/** A connection's limits on the real Redis: what reaches the provider, counted here from the calls themselves. */
import type { Limit } from '@sluice/domain';
import type { Granted } from '@sluice/queue';
import { waitFor } from '@sluice/testkit';
import { afterEach, expect, test } from 'vitest';
import { openRig, snapshotOf, type Rig } from './support.ts';

let rig: Rig | undefined;
afterEach(async () => { await rig?.stop(); rig = undefined; });

const requests = (amount: number, windowMs: number): Limit => ({ dimension: 'requests', amount, windowMs, window: 'sliding' });

/** The most arrivals in any interval of `windowMs`, from the definition. */
const most = (arrivals: readonly number[], windowMs: number): number =>
  Math.max(0, ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + windowMs).length));

const ended = (open: Rig): number => open.frames.filter(({ kind }) => kind === 'end').length;

test('a backlog goes out at the limit: never above it in any window, and hardly below', async () => {
  rig = await openRig();
  const open = rig;
  const arrivals: number[] = [];
  await rig.worker(async () => { arrivals.push(performance.now()); return { inputTokens: 10, outputTokens: 10 }; });
  await rig.scheduler(snapshotOf([requests(20, 500)]));
  await Promise.all(Array.from({ length: 100 }, () => open.submit()));
  await waitFor(() => ended(open) === 100, { withinMs: 10_000, what: '100 answers' });
  expect(most(arrivals, 500)).toBeLessThanOrEqual(20);
  // Five windows of 20: the first at once, four windows later the last.
  expect(Math.max(...arrivals) - Math.min(...arrivals)).toBeLessThan(4 * 500 * 1.25);
});

test('the more urgent goes first, and of one tenant the earlier', async () => {
  rig = await openRig();
  const order: string[] = [];
  const names = new Map<string, string>();
  await rig.worker(async ({ j }: Granted) => { order.push(names.get(j) ?? '?'); return { inputTokens: 1, outputTokens: 1 }; });
  for (const name of ['b1', 'b2']) names.set((await rig.submit({ priority: 'batch', rank: 1, tenant: 'b' })).id, name);
  for (const name of ['u1', 'u2']) names.set((await rig.submit({ tenant: 'u' })).id, name);
  await rig.scheduler(snapshotOf([{ dimension: 'concurrency', amount: 1, windowMs: 0, window: 'sliding' }]));
  await waitFor(() => order.length === 4, { withinMs: 5_000, what: 'four calls' });
  expect(order).toEqual(['u1', 'u2', 'b1', 'b2']);
});

test('a job that cannot start in time expires in its lane, at no cost', async () => {
  rig = await openRig();
  const open = rig;
  let calls = 0;
  await rig.worker(async () => { calls += 1; return { inputTokens: 1, outputTokens: 1 }; });
  await rig.scheduler(snapshotOf([requests(1, 60_000)]));
  await rig.submit();
  await waitFor(() => ended(open) === 1, { withinMs: 5_000, what: 'the first answer' });
  const late = await rig.submit({ startBy: rig.now() + 300 });
  const end = await waitFor(() => open.frames.find(({ job, kind }) => job === late.id && kind === 'end'), { withinMs: 5_000, what: 'the expiry' });
  expect(JSON.parse(end.data.toString())).toMatchObject({ state: 'expired', attempts: 0, error: { code: 'queue_timeout' } });
  expect(calls).toBe(1);
});

test('another scheduler takes over within 5 s of a death, and never above the limit', async () => {
  rig = await openRig();
  const open = rig;
  const arrivals: number[] = [];
  await rig.worker(async () => { arrivals.push(performance.now()); return { inputTokens: 10, outputTokens: 10 }; });
  const limits = snapshotOf([requests(10, 2_000)]);
  const first = await rig.scheduler(limits);
  const second = await rig.scheduler(limits);
  expect([first.owned(), second.owned()]).toEqual([1, 0]);
  await Promise.all(Array.from({ length: 40 }, () => open.submit()));
  await waitFor(() => arrivals.length >= 15, { withinMs: 10_000, what: 'calls under the first owner' });
  await first.die();
  const died = performance.now();
  await waitFor(() => second.owned() === 1, { withinMs: 5_000, what: 'the takeover' });
  expect(performance.now() - died).toBeLessThan(5_000);
  await waitFor(() => ended(open) === 40, { withinMs: 20_000, what: '40 answers' });
  expect(most(arrivals, 2_000)).toBeLessThanOrEqual(10);
});
