/** Clients that go, come back, read slowly or not at all; and an ingress that is told to go. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { waitFor } from '@sluice/testkit';
import type { Exchange } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem } from './system.ts';
import type { System } from './system.ts';

// The second connection lets one call through at a time, so that the next one waits as long as the first runs.
const configuration = plainConfiguration
  .replace('priorities:', '  - { name: narrow, provider: openai-compatible, base_url: "${SIM_1}", credentials: { api_key: sk-up }, limits: [{ concurrency: 1 }] }\npriorities:')
  .replace('resources:', `resources:
  - { name: slow, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-20000ms }] }
  - { name: chatty, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-0ms-chunk-50ms }] }
  - { name: narrow, priority: normal, routes: [{ connection: narrow, model: gpt-4o-latency-1500ms }] }`);

let system: System;
beforeAll(async () => {
  system = await startSystem({ configuration, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0 }, { limits: [], latencyMs: 0, chunkEveryMs: 0 }] });
});
afterAll(() => system?.stop());

const asking = (model: string, content: string, more = {}) => ({ model, messages: [{ role: 'user', content }], ...more });
const auditOf = (id: string) => waitFor(async () => (await system.query<{ state: string; error_code: string | null; created_at: Date }>('select state, error_code, created_at from audit where id = $1', [id]))[0],
  { withinMs: 20_000, what: `an audit row of ${id}` });
const openCalls = async () => Number(/sluice_open_calls\{[^}]*\} (\d+)/.exec(await (await fetch(`${system.url}/metrics`)).text())?.[1]);

test.each([false, true])('a running call whose client goes is aborted at the provider within a second (streamed: %s)', async (stream) => {
  const [simulator] = system.simulators;
  const before = simulator?.calls().length ?? 0;
  const going = new AbortController();
  const call = system.chat(asking('slow', `leave ${stream}`, { stream }), { signal: going.signal });
  call.catch(() => undefined);
  await waitFor(() => simulator?.calls().slice(before).some(({ outcome }) => outcome === 'open'), { withinMs: 5_000, what: 'the call is at the provider' });
  going.abort();
  const left = performance.now();
  await waitFor(() => simulator?.calls().slice(before).some(({ outcome }) => outcome === 'client_gone'), { withinMs: 2_000, what: 'the provider sees the client go' });
  expect(performance.now() - left).toBeLessThan(1_000);
});

test('a waiting call whose client goes is taken over by the same request, and answered once', async () => {
  const [, narrow] = system.simulators;
  const before = narrow?.calls().length ?? 0;
  const first = system.chat(asking('narrow', 'first'));
  await waitFor(() => (narrow?.calls().length ?? 0) > before || openCalls().then((open) => open > 0), { withinMs: 3_000, what: 'the first call is open' });
  const going = new AbortController();
  const waiting = system.chat(asking('narrow', 'second'), { signal: going.signal });
  waiting.catch(() => undefined);
  await waitFor(async () => (await openCalls()) === 2, { withinMs: 3_000, what: 'the second call waits' });
  const leftAt = Date.now();
  going.abort();
  await waitFor(async () => (await openCalls()) === 1, { withinMs: 3_000, what: 'the second call is left' });
  const again = await system.chat(asking('narrow', 'second'));
  expect(again.status).toBe(200);
  const answered = await first;
  expect(answered.status).toBe(200);
  expect((narrow?.calls().length ?? 0) - before).toBe(2);
  await auditOf(answered.headers.get('x-request-id') ?? '');
  const job = await auditOf(again.headers.get('x-request-id') ?? '');
  expect(job.state).toBe('completed');
  expect(job.created_at.getTime(), 'it is the job of the call that was left').toBeLessThan(leftAt);
  expect(await system.query("select id from audit where resource = 'narrow'")).toHaveLength(2);
});

test('a refusal is given again to the same request, at no cost, until its time is up', async () => {
  const [, narrow] = system.simulators;
  const blocking = system.chat(asking('narrow', 'blocking'));
  await waitFor(async () => (await openCalls()) >= 1, { withinMs: 3_000, what: 'the connection is busy' });
  const impatient = () => system.chat(asking('narrow', 'impatient'), { headers: { 'x-sluice-max-wait-ms': '100' } });
  const refused = await impatient();
  expect([refused.status, refused.headers.get('x-sluice-error')]).toEqual([429, 'queue_timeout']);
  expect((await blocking).status).toBe(200);
  const calls = narrow?.calls().length;
  const again = await impatient();
  expect([again.status, again.headers.get('x-sluice-error')]).toEqual([429, 'queue_timeout']);
  expect(Number(again.headers.get('retry-after'))).toBeLessThanOrEqual(Number(refused.headers.get('retry-after')));
  expect(narrow?.calls().length).toBe(calls);
});

const READERS = 100;
const READING = 10;
const MOST_GROWTH_MB = 50;
const EVENT = `data: {"id":"big","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"${'x'.repeat(64_000)}"},"finish_reason":null}]}\n\n`;
const LAST = 'data: {"id":"big","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
/** 5.1 MB. The sockets between two processes mostly hold 4.4 MB by themselves: with less, an ingress that keeps everything would look like one that does not. */
const BIG = EVENT.replace('"delta":{', '"delta":{"role":"assistant",') + EVENT.repeat(79) + LAST + 'data: [DONE]\n\n';

test('a hundred readers that stop reading cost little memory, and get everything when they read on', async () => {
  const [simulator] = system.simulators;
  const open = (readers: number, who: string) => {
    for (let reader = 0; reader < readers; reader++) simulator?.replay(bigStream);
    return Promise.all(Array.from({ length: readers }, (_, index) => paused(`${who} ${index}`)));
  };
  // First some that read, so that what the process keeps for any traffic is not taken for what those hold who do not.
  for (const stream of await open(READING, 'reader')) await everythingOf(stream);
  const before = await residentMb();
  const streams = await open(READERS, 'slow reader');
  await waitFor(async () => (await system.query<{ n: string }>("select count(*) n from audit where resource = 'chatty' and state = 'completed'"))[0]?.n === String(READING + READERS),
    { withinMs: 120_000, what: 'the provider has sent everything', everyMs: 200 });
  // Now and then the system grows one pair of sockets by enough to hold an answer whole.
  expect(await openCalls()).toBeGreaterThan(0.9 * READERS);
  await waitFor(async () => await residentMb() - before <= MOST_GROWTH_MB, { withinMs: 15_000, everyMs: 200, what: `${READERS} readers cost at most ${MOST_GROWTH_MB} MB` });
  for (const stream of streams) expect(await everythingOf(stream) === BIG).toBe(true);
  expect(await openCalls()).toBe(0);
}, 240_000);

const everythingOf = async (stream: IncomingMessage): Promise<string> => Buffer.concat(await stream.toArray() as Buffer[]).toString();

const bigStream: Exchange = {
  id: 'test/chat_completions/big', provider: 'test', wire: 'chat_completions', scenario: 'big', tags: [], stream: true, model: 'm', fidelity: 'hand-written', sequence: null,
  request: { method: 'POST', path: '/v1/chat/completions', headers: {}, bodyText: null, recorded: false },
  response: { status: 200, headers: { 'content-type': 'text/event-stream' }, body: Buffer.from(BIG) },
};

/** Memory of the ingress as the system sees it. */
async function residentMb(): Promise<number> {
  const text = await (await fetch(`${system.url}/metrics`)).text();
  return Number(/sluice_memory_bytes\{[^}]*kind="resident"[^}]*\} (\d+)/.exec(text)?.[1]) / 1024 / 1024;
}

/** A stream of which nothing is read: the answer stays in the socket. */
async function paused(who: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(system.url);
  const client = request({ hostname, port, path: '/v1/chat/completions', method: 'POST', headers: { authorization: `Bearer ${KEY}` }, agent: false });
  client.end(JSON.stringify(asking('chatty', who, { stream: true })));
  const [response] = await once(client, 'response') as [IncomingMessage];
  response.pause();
  return response;
}

test('told to go, an ingress finishes what it has, takes nothing new, and is gone', async () => {
  const leaving = await system.start('ingress');
  const body = JSON.stringify(asking('chatty', 'last words', { stream: true }));
  const response = await fetch(`${leaving.url}/v1/chat/completions`, { method: 'POST', body, headers: { authorization: `Bearer ${KEY}` } });
  const gone = leaving.kill('SIGTERM');
  await waitFor(() => fetch(`${leaving.url}/healthz`).then(() => false, () => true), { withinMs: 5_000, what: 'it takes no new connections' });
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  await gone;
  expect(leaving.child.exitCode).toBe(0);
});
