/**
 * Five hundred requests that are wrong: each gets a 4xx that says what is wrong with it, nothing is enqueued, nothing of
 * the inside is told, and the process neither grows nor falters.
 */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { loadExchanges, loadFixtures, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { KEY, startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;
let redis: Redis;
beforeAll(async () => {
  // Without a scheduler and a worker, whatever gets in stays in and is found.
  system = await startSystem({ apps: { scheduler: 0, worker: 0 } });
  redis = new Redis(system.redisUrl);
});
afterAll(async () => {
  redis?.disconnect();
  await system?.stop();
});
afterEach(async () => {
  const jobs = (await redis.keys('*')).filter((key) => /job_/.test(key));
  expect(jobs, 'nothing was enqueued').toEqual([]);
  expect(system.apps('ingress')[0]?.child.exitCode).toBeNull();
  expect(system.output()).not.toMatch(/unexpected error/);
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Answer { readonly status: number; readonly text: string; readonly headers: Headers }

async function send(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${system.url}/v1/chat/completions`, { method: 'POST', body, headers: { authorization: `Bearer ${KEY}`, ...headers } });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** A 4xx with our one error body; the parameter that was to blame, if one was. */
function refusedFor({ status, text }: Answer, sent: string): string | null {
  expect(status, `${sent}\n${text}`).toBeGreaterThanOrEqual(400);
  expect(status, `${sent}\n${text}`).toBeLessThan(500);
  expect(text).not.toMatch(/\.[jt]s:\d+|node_modules|at [A-Z]\w+\./);
  const { error } = JSON.parse(text) as { error: { message: string; type: string; param: string | null; code: string } };
  expect(error.message.length, sent).toBeGreaterThan(10);
  return error.param;
}

/** The requests to break: recorded ones where they are at hand, else the project's own. */
async function originals(): Promise<{ id: string; body: { [key: string]: Json } }[]> {
  const { exchanges } = await loadExchanges();
  const recorded = (exchanges ?? []).filter(({ wire, request, response }) => wire === 'chat_completions' && request.recorded && response.status === 200);
  const chosen = recorded.length > 0 ? recorded : (await loadFixtures('chat')).filter(({ response }) => response.status === 200);
  return chosen.filter(({ request }) => request.bodyText?.startsWith('{')).map(({ id, request }) => {
    const body = JSON.parse(request.bodyText ?? '') as { [key: string]: Json };
    return { id, body: { ...body, model: 'fast' } };
  });
}

/** What is of the wrong type for any of the documented fields. */
const WRONG: readonly Json[] = [{ unexpected: [] }, [[[]]], 1e308, 'not what was wanted', true, -1];
/** Fields with the kinds of JSON that are right for them. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  model: [], messages: [], temperature: ['number'], top_p: ['number'], n: ['number'], max_tokens: ['number'], max_completion_tokens: ['number'], stream: ['boolean'],
  stop: ['string', 'array'], tools: ['array'], tool_choice: ['string', 'object'], response_format: ['object'], logit_bias: ['object'], logprobs: ['boolean'],
  top_logprobs: ['number'], presence_penalty: ['number'], frequency_penalty: ['number'], seed: ['number'], user: ['string'], service_tier: ['string'],
  stream_options: ['object'], parallel_tool_calls: ['boolean'], reasoning_effort: ['string'], metadata: ['object'], modalities: ['array'], audio: ['object'],
  prediction: ['object'], store: ['boolean'], functions: ['array'], function_call: ['string', 'object'], web_search_options: ['object'], prompt_cache_key: ['string'],
};
const kindOf = (value: Json): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

test('every documented field of the wrong type, in every request, is named', async () => {
  const requests = await originals();
  expect(requests.length).toBeGreaterThan(0);
  let sent = 0;
  for (let round = 0; sent < 400; round++) {
    for (const [index, [field, right]] of Object.entries(FIELDS).entries()) {
      const wrong = WRONG[(round + index) % WRONG.length] ?? null;
      if (right.includes(kindOf(wrong)) || (field === 'model' && typeof wrong === 'string')) continue;
      const original = requests[(round * 7 + index) % requests.length];
      const body = JSON.stringify({ ...original?.body, [field]: wrong });
      const param = refusedFor(await send(body), `${original?.id} with ${field}: ${JSON.stringify(wrong)}`);
      expect(param?.startsWith(field), `${field} is blamed, not ${param}`).toBe(true);
      sent++;
    }
  }
}, 120_000);

test('a message broken anywhere is named by its place', async () => {
  const good = { role: 'user', content: 'hello' };
  const broken: readonly [Json, string][] = [
    [null, ''], ['hello', ''], [[], ''], [{}, '.role'], [{ role: 7, content: 'x' }, '.role'], [{ role: '', content: 'x' }, '.role'], [{ role: 'user' }, '.content'],
    [{ role: 'user', content: null }, '.content'], [{ role: 'user', content: {} }, '.content'], [{ role: 'user', content: ['x'] }, '.content[0]'],
    [{ role: 'user', content: [{ type: 7 }] }, '.content[0].type'], [{ role: 'user', content: [{ type: 'text', text: [] }] }, '.content[0].text'],
    [{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'image_url', image_url: 7 }] }, '.content[1].image_url'],
    [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'x' } }] }, '.content[0].input_audio.format'],
    [{ role: 'assistant', tool_calls: {} }, '.tool_calls'], [{ role: 'assistant', tool_calls: [{ id: 7 }] }, '.tool_calls[0].id'],
    [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: 7 } }] }, '.tool_calls[0].function.arguments'],
    [{ role: 'tool', tool_call_id: 7, content: 'x' }, '.tool_call_id'], [{ role: 'tool', tool_call_id: 'a' }, '.content'],
  ];
  for (const [message, place] of broken) {
    for (const before of [0, 1, 2]) {
      const body = JSON.stringify({ model: 'fast', messages: [...Array.from({ length: before }, () => good), message] });
      expect(refusedFor(await send(body), body)).toBe(`messages[${before}]${place}`);
    }
  }
});

test.each<[string, string | Buffer]>([
  ['nothing', ''], ['white space', ' \n'], ['null', 'null'], ['a string', '"hello"'], ['an array', '[]'], ['no JSON', 'model=fast'], ['a lone brace', '{'],
  ['a trailing comma', '{"model":"fast",}'], ['a comment', '{/*x*/"model":"fast"}'], ['a raw line feed', '{"model":"fa\nst"}'], ['NaN', '{"model":"fast","temperature":NaN}'],
  ['a byte order mark', '\ufeff{"model":"fast"}'], ['text behind the object', '{"model":"fast"}}'], ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['half a character', Buffer.from('{"model":"é').subarray(0, -1)], ['UTF-16', Buffer.from('{"model":"fast"}', 'utf16le')],
  ['deep arrays', `{"model":"fast","messages":${'['.repeat(100_000)}`], ['deep objects', '{"a":'.repeat(100_000)],
  ['deep but whole', `{"model":"fast","messages":[{"role":"user","content":"x"}],"x":${'['.repeat(200)}${']'.repeat(200)}}`],
  ['a duplicate that is wrong', '{"model":"fast","messages":[{"role":"user","content":"x"}],"n":1,"n":"two"}'],
  ['a prototype', '{"__proto__":{"model":"fast"},"constructor":1}'],
])('a body that is %s', async (what, body) => {
  refusedFor(await send(body), what);
});

test.each<[string, Record<string, string>]>([
  ['a deadline in the past', { 'x-sluice-deadline': '2020-01-01T00:00:00Z' }], ['a wait without end', { 'x-sluice-max-wait-ms': '9'.repeat(30) }],
  ['an unknown priority', { 'x-sluice-priority': 'most-urgent' }], ['a broken object', { 'x-sluice': '{"priority":' }], ['a route nowhere', { 'x-sluice-route': 'nowhere/else' }],
  ['a new line in disguise', { 'x-sluice': '{"correlation_id":"a\\r\\nx-evil: 1"}' }], ['tags without end', { 'x-sluice-tags': 'a,'.repeat(100) }],
  ['an unknown encoding', { 'content-encoding': 'compress' }], ['a false encoding', { 'content-encoding': 'br' }], ['no key', { authorization: '' }], ['a key too many', { 'x-api-key': 'sk-another' }],
])('%s in the headers', async (what, headers) => {
  refusedFor(await send(JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'x' }] }), headers), what);
});

test('names that try to begin a header are told back without doing so', async () => {
  const answer = await send(JSON.stringify({ model: 'fast\r\nx-evil: 1', messages: [{ role: 'user', content: 'x' }] }));
  expect(refusedFor(answer, 'a model with a line break')).toBe('model');
  expect(answer.headers.get('x-evil')).toBeNull();
});

test('bodies beyond the bound are refused, packed or not, and cost no memory', async () => {
  const huge = Buffer.alloc(50 * 1024 * 1024, 0x20);
  const packed = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
  for (let round = 0; round < 4; round++) {
    expect((await send(huge)).status).toBe(413);
    expect((await send(packed, { 'content-encoding': 'gzip' })).status).toBe(413);
  }
  const held = async () => Number(/sluice_memory_bytes\{[^}]*kind="external"[^}]*\} (\d+)/.exec(await (await fetch(`${system.url}/metrics`)).text())?.[1]) / 1024 / 1024;
  await waitFor(async () => await held() < 40, { withinMs: 10_000, what: 'the bodies are let go' });
}, 60_000);

test.each<[string, string, RegExp]>([
  ['not HTTP', 'HELLO\r\n\r\n', /^HTTP\/1\.1 400/], ['two lengths', 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc', /^HTTP\/1\.1 400/],
  ['headers without end', `GET / HTTP/1.1\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1\.1 431/], ['a line break in a header', 'GET / HTTP/1.1\r\nhost: x\r\nx-api-key: a\rb\r\n\r\n', /^HTTP\/1\.1 400/],
])('what is no request at all (%s) is answered in JSON and cut off', async (_, bytes, status) => {
  const text = await raw(bytes);
  expect(text).toMatch(status);
  expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ type: 'error', error: { code: 'invalid_request' } });
});

test('an upload that breaks off leaves nothing', async () => {
  const { hostname, port } = new URL(system.url);
  for (let round = 0; round < 20; round++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-length: 1000\r\n\r\n{"model":"fast"`, () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
  }
  expect((await fetch(`${system.url}/healthz`)).status).toBe(200);
});

/** Everything the server says on a connection of its own until it closes it. */
function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(system.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (data: Buffer) => { text += data.toString(); }).on('close', () => resolve(text)).on('error', reject);
  });
}
