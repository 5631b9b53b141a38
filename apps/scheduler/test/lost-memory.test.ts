/** Redis forgets everything in the middle: the owner that remembers goes on without ever exceeding the limit. */
import type { Limit } from '@sluice/domain';
import { createMetrics } from '@sluice/telemetry';
import { waitFor } from '@sluice/testkit';
import { afterEach, expect, test } from 'vitest';
import { openRig, snapshotOf, type Rig } from './support.ts';

let rig: Rig | undefined;
afterEach(async () => { await rig?.stop(); rig = undefined; });

const LIMIT: Limit = { dimension: 'requests', amount: 10, windowMs: 8_000, window: 'sliding' };
const most = (arrivals: readonly number[]): number =>
  Math.max(0, ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + LIMIT.windowMs).length));

test('after Redis lost its memory nothing goes above the limit, and the rest goes as its windows free', async () => {
  rig = await openRig();
  const open = rig;
  const arrivals: number[] = [];
  await rig.worker(async () => { arrivals.push(performance.now()); return { inputTokens: 1, outputTokens: 1 }; });
  const metrics = [createMetrics('scheduler'), createMetrics('scheduler')];
  const schedulers = await Promise.all(metrics.map((own) => open.scheduler(snapshotOf([LIMIT]), own)));
  const told = async (name: string) => (await Promise.all(metrics.map((own) => own.text()))).join('\n').split('\n')
    .filter((line) => line.startsWith(`${name}{`)).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  await Promise.all(Array.from({ length: 8 }, () => open.submit()));
  await waitFor(() => arrivals.length === 8, { withinMs: 5_000, what: 'the first calls' });
  // The ledger that is to be remembered holds them as settled.
  await waitFor(async () => await told('sluice_permits_granted_total') === 8 && await told('sluice_open_permits') === 0, { withinMs: 10_000, what: 'their ends are heard' });
  await open.forgetAll();
  await waitFor(() => schedulers.reduce((sum, one) => sum + one.owned(), 0) === 1, { withinMs: 10_000, what: 'one owner' });
  await Promise.all(Array.from({ length: 8 }, () => open.submit()));
  await waitFor(() => arrivals.length === 16, { withinMs: 30_000, what: 'the calls after it' });
  expect(most(arrivals)).toBeLessThanOrEqual(LIMIT.amount);
}, 60_000);

/** A call, then another life of Redis and another scheduler, then a second call; ms between the two. */
async function callsAround(open: Rig, limit: Limit, change: () => Promise<void>): Promise<number> {
  const arrivals: number[] = [];
  await open.worker(async () => { arrivals.push(performance.now()); return { inputTokens: 1, outputTokens: 1 }; });
  const first = await open.scheduler(snapshotOf([limit]));
  await open.submit();
  await waitFor(() => arrivals.length === 1, { withinMs: 5_000, what: 'the first call' });
  await first.die();
  await change();
  await open.scheduler(snapshotOf([limit]));
  await open.submit();
  await waitFor(() => arrivals.length === 2, { withinMs: 40_000, what: 'the second call' });
  return (arrivals[1] ?? 0) - (arrivals[0] ?? 0);
}

test('who does not remember what was granted grants nothing until it has left the windows', async () => {
  rig = await openRig();
  const open = rig;
  expect(await callsAround(open, LIMIT, () => open.forgetAll())).toBeGreaterThanOrEqual(LIMIT.windowMs);
}, 60_000);

test('a Redis that was started again with its memory holds nobody up', async () => {
  rig = await openRig();
  const open = rig;
  const minutes: Limit = { ...LIMIT, windowMs: 240_000 };
  expect(await callsAround(open, minutes, () => open.restart())).toBeLessThan(minutes.windowMs);
}, 60_000);
