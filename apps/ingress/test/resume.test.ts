/** Streams that are cut and read on: the same events, from any of them on, for any number of readers, with one call to the provider. */
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem } from './system.ts';
import type { App, System } from './system.ts';

const STREAMS = 100;
const AT_ONCE = 20;
const configuration = plainConfiguration.replace('resources:', 'resources:\n  - { name: steady, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-0ms-chunk-20ms }] }');

let system: System;
let first: App | undefined;
let other: App | undefined;
beforeAll(async () => {
  system = await startSystem({ configuration, apps: { ingress: 2 }, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0, keepCalls: 10_000 }] });
  [first, other] = system.apps('ingress');
});
afterAll(() => system?.stop());

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const ask = (url: string, content: string, signal?: AbortSignal) => fetch(`${url}/v1/chat/completions`, {
  method: 'POST', headers: { ...headers, 'x-sluice-resume': 'true' }, ...(signal ? { signal } : {}),
  body: JSON.stringify({ model: 'steady', stream: true, max_tokens: 30, messages: [{ role: 'user', content }] }),
});

interface Event { readonly seq: number; readonly text: string }

/** Events of a stream until it ends, or until `most` of them have come; comments are nobody's events. */
async function events(response: Response, most = Number.POSITIVE_INFINITY): Promise<readonly Event[]> {
  expect(response.status).toBe(200);
  const found: Event[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end).split('\n').filter((line) => !line.startsWith(':')).join('\n');
      text = text.slice(end + 2);
      const seq = Number(/^id: job_\w+:(\d+)$/m.exec(event)?.[1]);
      if (event !== '') found.push({ seq, text: event });
      if (found.length >= most) return found;
    }
  }
  return found;
}

const readOn = (url: string, job: string, { after, byHeader = false }: { after: number; byHeader?: boolean }) =>
  fetch(`${url}/v1/jobs/${job}/stream${byHeader ? '' : `?starting_after=${after}`}`, { headers: { ...headers, ...(byHeader ? { 'last-event-id': `${job}:${after}` } : {}) } });

/** One stream, cut at a place that the index chooses, and everything that is read of it. */
async function cutAndReadOn(index: number): Promise<void> {
  const urls = [first?.url ?? '', other?.url ?? ''];
  const cut = new AbortController();
  const response = await ask(urls[index % 2] ?? '', `stream ${index}`, cut.signal);
  const job = response.headers.get('x-request-id') ?? '';
  const begun = await events(response, 1 + (index * 7) % 20);
  cut.abort();
  const again = await events(await readOn(urls[(index + 1) % 2] ?? '', job, { after: begun.at(-1)?.seq ?? 0 }), 1 + (index * 3) % 5);
  const seen = [...begun, ...again];
  const rest = await events(await readOn(urls[index % 2] ?? '', job, { after: seen.at(-1)?.seq ?? 0, byHeader: true }));
  const whole = await events(await readOn(urls[(index + 1) % 2] ?? '', job, { after: 0 }));
  expect([...seen, ...rest]).toEqual(whole);
  expect(whole.at(-1)?.text).toContain('data: [DONE]');
  expect(whole.map(({ seq }) => seq)).toEqual(whole.map((_event, place) => place + 2));
}

test(`${STREAMS} streams, each cut and read on twice, and by a second reader from its beginning`, async () => {
  const before = system.simulators[0]?.calls().length ?? 0;
  let next = 0;
  const reader = async () => { while (next < STREAMS) await cutAndReadOn(next++); };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  expect((system.simulators[0]?.calls().length ?? 0) - before).toBe(STREAMS);
}, 180_000);

test('a stream outlives the ingress that served it, and is the same when only Postgres still has it', async () => {
  const response = await ask(first?.url ?? '', 'survivor');
  const job = response.headers.get('x-request-id') ?? '';
  const begun = await events(response, 3);
  await first?.kill('SIGKILL');
  const rest = await events(await readOn(other?.url ?? '', job, { after: begun.at(-1)?.seq ?? 0 }));
  expect(rest.at(-1)?.text).toContain('data: [DONE]');
  await waitFor(async () => (await system.query<{ state: string }>('select state from job where id = $1', [job]))[0]?.state === 'completed', { withinMs: 5_000, what: 'the job is final' });
  const { Redis } = await import('ioredis');
  const redis = new Redis(system.redisUrl);
  await redis.del(`sluice:v1:{j:${job}}`, `sluice:v1:{j:${job}}:frames`);
  redis.disconnect();
  expect(await events(await readOn(other?.url ?? '', job, { after: 0 }))).toEqual([...begun, ...rest]);
  expect(await events(await readOn(other?.url ?? '', job, { after: rest.at(-2)?.seq ?? 0 }))).toEqual(rest.slice(-1));
}, 60_000);

test('a whole answer is read as the events it would have been', async () => {
  const { url = '' } = other ?? {};
  const accepted = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify({ endpoint: '/v1/chat/completions', body: { model: 'fast', messages: [{ role: 'user', content: 'whole' }] } }) });
  const { id } = (await accepted.json()) as { id: string };
  const [one, two] = await Promise.all([events(await readOn(url, id, { after: 0 })), events(await readOn(url, id, { after: 0 }))]);
  expect(one).toEqual(two);
  expect(one.map(({ text }) => text).join('\n')).toMatch(/"delta":\{[\s\S]*"content":[\s\S]*data: \[DONE\]$/);
});

test('an id of another stream, and what is no number, are refused', async () => {
  const { url = '' } = other ?? {};
  const [row] = await system.query<{ id: string }>('select id from job limit 1');
  const refused = async (query: string, more = {}) => (await fetch(`${url}/v1/jobs/${row?.id}/stream${query}`, { headers: { ...headers, ...more } })).status;
  expect(await Promise.all([refused('?starting_after=x'), refused('', { 'last-event-id': 'job_other:3' }), refused('', { 'last-event-id': 'nonsense' })])).toEqual([400, 400, 400]);
});
