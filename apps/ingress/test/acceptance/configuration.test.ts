/** A changed configuration is every running app's within 2 s, and nothing is started again for it. */
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem } from '../system.ts';
import type { System } from '../system.ts';

const WITHIN_MS = 2_000;
/** What a call at the narrow connection takes: long enough to be counted. */
const HOLD_MS = 300;

/** As the tests need it: of one connection at most `concurrency` calls at once, and of the other only its credential. */
const configurationOf = ({ concurrency = 4, keys = [] as readonly string[], resources = '', credential = 'sk-first' } = {}) => plainConfiguration
  .replace('priorities:', `  - { name: narrow, provider: openai-compatible, base_url: "\${SIM_1}", credentials: { api_key: ${credential} }, limits: [{ concurrency: ${concurrency} }] }
priorities:`)
  .replace('resources:', `resources:
  - { name: narrow, priority: normal, routes: [{ connection: narrow, model: gpt-4o-latency-${HOLD_MS}ms }] }${resources}`)
  .replace('settings:', `${keys.map((key) => `  - { name: ${key}, key: ${key}, resources: ["*"], priorities: ["*"] }\n`).join('')}settings:`);

let system: System;
let pids: readonly (number | undefined)[];
const friendly = { limits: [], latencyMs: 0, chunkEveryMs: 0 };
const all = () => (['ingress', 'scheduler', 'worker'] as const).flatMap((name) => system.apps(name));

beforeAll(async () => {
  system = await startSystem({ configuration: configurationOf(), simulators: [friendly, friendly], apps: { ingress: 2, worker: 2 } });
  pids = all().map(({ child }) => child.pid);
});
afterAll(() => system?.stop());

const ask = (url: string, { key = KEY, model = 'fast', content = 'hello' } = {}) => fetch(`${url}/v1/chat/completions`, {
  method: 'POST', headers: { authorization: `Bearer ${key}` }, body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
});
/** At every ingress, in order. */
const statuses = (options: Parameters<typeof ask>[1] = {}) => Promise.all(system.apps('ingress').map(async ({ url }) => {
  const response = await ask(url, options);
  await response.text();
  return response.status;
}));

/** Time runs from the moment at which the change is stored and told. */
async function becomes(text: string, what: string, condition: () => Promise<boolean>): Promise<void> {
  await system.configure(text);
  await waitFor(condition, { withinMs: WITHIN_MS, what });
  expect(all().map(({ child }) => child.pid), 'the same processes').toEqual(pids);
}

const same = (expected: number) => async (options: Parameters<typeof ask>[1]) => (await statuses(options)).every((status) => status === expected);

test('a new key works at every ingress, and a removed one no longer does', async () => {
  const key = 'sk-comes-and-goes';
  expect(await statuses({ key })).toEqual([401, 401]);
  await becomes(configurationOf({ keys: [key] }), 'the key works', () => same(200)({ key }));
  await becomes(configurationOf(), 'the key is refused', () => same(401)({ key }));
  expect(await statuses(), 'another key is not touched').toEqual([200, 200]);
});

test('a new resource is called, and a removed one unknown', async () => {
  const asked = { model: 'sudden' };
  expect(await statuses(asked)).toEqual([404, 404]);
  const resources = '\n  - { name: sudden, priority: normal, routes: [{ connection: main, model: gpt-4o-instant }] }';
  await becomes(configurationOf({ resources }), 'the resource answers', () => same(200)(asked));
  await becomes(configurationOf(), 'the resource is unknown', () => same(404)(asked));
});

test('the workers call with a new credential, and with the old one no more', async () => {
  const credential = 'sk-second';
  const [, narrow] = system.simulators;
  const keyUsed = async () => {
    await (await ask(system.url, { model: 'narrow' })).text();
    return narrow?.calls().at(-1)?.key;
  };
  expect(await keyUsed()).toBe('sk-first');
  await becomes(configurationOf({ credential }), 'a call has the new credential', async () => await keyUsed() === credential);
  const before = narrow?.calls().length ?? 0;
  await Promise.all(Array.from({ length: 8 }, (_, index) => ask(system.url, { model: 'narrow', content: `after ${index}` }).then((response) => response.text())));
  expect(narrow?.calls().slice(before).map(({ key }) => key)).toEqual(Array.from({ length: 8 }, () => credential));
});

test('a limit cut to a half, and then raised, is what the scheduler keeps to', async () => {
  const [, narrow] = system.simulators;
  await system.configure(configurationOf({ concurrency: 4 }));
  const load = startLoad();
  /** Most calls at once at the provider, among those that came once the change had to be everybody's. */
  const mostOf = async (concurrency: number): Promise<number> => {
    await system.configure(configurationOf({ concurrency }));
    const since = Date.now() + WITHIN_MS;
    const came = () => (narrow?.calls() ?? []).filter(({ arrivedAt }) => arrivedAt >= since);
    await waitFor(() => came().length >= 4 * concurrency, { withinMs: WITHIN_MS + 10_000, what: `calls under the limit of ${concurrency}` });
    return Math.max(...came().map(({ arrivedAt: at }) => (narrow?.calls() ?? []).filter((other) => other.arrivedAt <= at && (other.endedAt ?? Infinity) > at).length));
  };
  try {
    expect(await mostOf(4)).toBe(4);
    expect(await mostOf(2)).toBe(2);
    expect(await mostOf(6)).toBe(6);
  } finally {
    expect(await load.stop()).toEqual(new Set([200]));
  }
  expect(all().map(({ child }) => child.pid)).toEqual(pids);
}, 60_000);

/** More than any of the limits lets through, so that some always wait. Ends with the statuses there were. */
function startLoad(): { stop(): Promise<ReadonlySet<number>> } {
  let over = false;
  const seen = new Set<number>();
  const callers = Array.from({ length: 12 }, async (_, caller) => {
    for (let round = 0; !over; round++) {
      const response = await ask(system.url, { model: 'narrow', content: `caller ${caller}, round ${round}` });
      await response.text();
      seen.add(response.status);
    }
  });
  return { stop: async () => { over = true; await Promise.all(callers); return seen; } };
}
