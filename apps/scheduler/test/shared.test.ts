/** Limits that span connections, on the real Redis: counted from the calls themselves, over two owners. */
import type { Limit, Snapshot } from '@sluice/domain';
import type { Granted } from '@sluice/queue';
import { waitFor } from '@sluice/testkit';
import { afterEach, expect, test } from 'vitest';
import { openRig, snapshotOf, type Rig } from './support.ts';

let rig: Rig | undefined;
afterEach(async () => { await rig?.stop(); rig = undefined; });

const WINDOW_MS = 2_000;
const OWN: Limit = { dimension: 'requests', amount: 1_000, windowMs: 1_000, window: 'sliding' };
const OF_KEY: Limit = { dimension: 'requests', amount: 10, windowMs: WINDOW_MS, window: 'sliding' };
const ROUTE = { name: 'main', provider: 'openai-compatible', model: 'm' };

/** Two connections, and a key with a limit of its own. */
function snapshotWithKey(): Snapshot {
  const [environment] = snapshotOf([OWN]).environments;
  const [connection] = environment?.connections ?? [];
  if (environment === undefined || connection === undefined) throw new Error('the snapshot of the rig has a connection');
  const key = {
    id: 'k', name: 'k', hash: '', masked: '', resources: ['*'], priorities: ['*'], weight: 1, limits: [OF_KEY], mayChooseRoute: false,
    loopbackOnly: false, enabled: true, expiresAt: null,
  };
  return { version: 1, environments: [{ ...environment, apiKeys: [key], connections: [connection, { ...connection, id: 'con_2', name: 'second' }] }] };
}

/** The most arrivals in any interval, from the definition. */
const most = (arrivals: readonly number[]): number =>
  Math.max(0, ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + WINDOW_MS).length));

test('two connections together never exceed the limit of a key, and nearly reach it; who has none is not held up', async () => {
  rig = await openRig();
  const open = rig;
  const [limited, free]: [number[], number[]] = [[], []];
  await rig.worker(async ({ k }: Granted) => {
    (k === undefined ? free : limited).push(performance.now());
    return { inputTokens: 1, outputTokens: 1 };
  });
  await rig.scheduler(snapshotWithKey());
  await rig.scheduler(snapshotWithKey());
  const submit = (connection: string, scopes?: readonly string[]) =>
    open.submit({ tenant: scopes === undefined ? 'f' : 'k', routes: [{ connection, ...ROUTE }], ...(scopes && { scopes }) });
  await Promise.all(Array.from({ length: 40 }, (_, i) => submit(i % 2 === 0 ? 'con_1' : 'con_2', ['key:k'])));
  const began = performance.now();
  await Promise.all(Array.from({ length: 40 }, (_, i) => submit(i % 2 === 0 ? 'con_1' : 'con_2')));
  await waitFor(() => free.length === 40, { withinMs: 10_000, what: 'the calls of nobody in particular' });
  await waitFor(() => limited.length === 40, { withinMs: 40_000, what: 'the calls of the key' });
  expect(most(limited)).toBeLessThanOrEqual(OF_KEY.amount);
  expect(most(limited)).toBeGreaterThan(OF_KEY.amount / 2);
  expect(Math.max(...free) - began).toBeLessThan(Math.max(...limited) - began);
}, 60_000);
