/** What a client of the whole system sees: answers, refusals, paths, encodings, and the other pages. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Fault } from '@sluice/testkit';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem } from './system.ts';
import type { System } from './system.ts';

const configuration = plainConfiguration
  .replace('resources:', 'resources:\n  - { name: broken, priority: normal, routes: [{ connection: main, model: no-such-model }] }')
  .replace('settings:', '  - { name: bulk, key: sk-bulk-test, resources: [fast], priorities: [batch] }\nsettings:')
  .replace('capture: metadata', 'capture: metadata, cors_origins: ["https://app.example"]');

let system: System;
beforeAll(async () => { system = await startSystem({ configuration, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0, keepBodies: 10 }] }); });
afterAll(() => system?.stop());

const hello = { model: 'fast', messages: [{ role: 'user', content: 'hello' }] };
interface ErrorBody { readonly type: string; readonly request_id: string; readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string } }
const errorOf = async (response: Response) => (await response.json() as ErrorBody).error;
const post = (path: string, init: RequestInit = {}) =>
  fetch(`${system.url}${path}`, { method: 'POST', body: JSON.stringify(hello), headers: { authorization: `Bearer ${KEY}` }, ...init });
const get = (path: string, init: RequestInit = {}) => fetch(`${system.url}${path}`, { headers: { 'x-api-key': KEY }, ...init });

test('a call is answered with the provider\'s answer and the headers that tell of its way', async () => {
  const response = await system.chat(hello);
  expect(response.status).toBe(200);
  const body = await response.json() as { choices: { message: { content: string } }[] };
  expect(body.choices[0]?.message.content).toBeTruthy();
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-request-id': expect.stringMatching(/^job_/), 'x-sluice-resource': 'fast', 'x-sluice-route': 'main/gpt-4o-mini-instant', 'x-sluice-provider': 'openai-compatible',
    'x-sluice-connection': 'main', 'x-sluice-attempts': '1', 'x-sluice-priority': 'normal', 'x-sluice-queue-ms': expect.stringMatching(/^\d+$/),
    'x-sluice-upstream-request-id': expect.stringMatching(/^req_/),
  });
});

test('a stream arrives event by event and ends with its terminator', async () => {
  const response = await system.chat({ ...hello, stream: true });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('x-sluice-attempts')).toBe('1');
  const text = await response.text();
  expect(text.match(/^data: \{/gm)?.length).toBeGreaterThan(1);
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('the openai SDK answers, streams, lists, and raises typed errors', async () => {
  const client = new OpenAI({ apiKey: KEY, baseURL: `${system.url}/v1`, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const whole = await client.chat.completions.create({ model: 'fast', messages });
  expect(whole.choices[0]?.message.content).toBeTruthy();
  const streamed = await client.chat.completions.stream({ model: 'fast', messages }).finalChatCompletion();
  expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  const listed: string[] = [];
  for await (const model of client.models.list()) listed.push(model.id);
  // Behind them, as soon as it was asked, what the server lists.
  expect(listed.slice(0, 4)).toEqual(['broken', 'fast', 'openai-compatible/no-such-model', 'openai-compatible/gpt-4o-mini-instant']);
  await expect(client.chat.completions.create({ model: 'slow', messages })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  await expect(new OpenAI({ apiKey: 'sk-wrong', baseURL: `${system.url}/v1`, maxRetries: 0 }).models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(client.chat.completions.create({ model: 'fast', messages, temperature: 3 })).rejects.toMatchObject({ status: 400, param: 'temperature', code: 'invalid_request' });
});

test.each(['/chat/completions', '/v1/chat/completions/', '/v1/v1/chat/completions', '/v1/chat/completions?beta=true'])('%s is the same endpoint', async (path) => {
  expect((await post(path)).status).toBe(200);
});

test('what is not served is a JSON 404 that names what is, and a wrong method a 405', async () => {
  const unknown = await post('/v1/completely/else');
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('x-sluice-error')).toBe('unknown_url');
  expect(await errorOf(unknown)).toMatchObject({ code: 'unknown_url', message: expect.stringContaining('POST /v1/chat/completions') });
  const wrong = await get('/v1/chat/completions');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  expect((await post('/v1/models')).status).toBe(405);
});

describe('bodies', () => {
  test.each([['gzip', gzipSync], ['deflate', deflateSync], ['br', brotliCompressSync]] as const)('packed with %s are unpacked', async (encoding, pack) => {
    const response = await post('/v1/chat/completions', { body: pack(JSON.stringify(hello)), headers: { authorization: `Bearer ${KEY}`, 'content-encoding': encoding } });
    expect(response.status).toBe(200);
  });

  test('in another encoding, or not in the one they claim, are refused', async () => {
    const as = (encoding: string) => post('/v1/chat/completions', { headers: { authorization: `Bearer ${KEY}`, 'content-encoding': encoding } });
    expect((await as('zstd')).status).toBe(415);
    expect((await as('gzip')).status).toBe(400);
  });

  test('reach the provider byte for byte, but for the model and what is ours', async () => {
    const [simulator] = system.simulators;
    const text = '{ "temperature":1.0,"sluice":{"tags":["a"]}, "model" : "fast","new_field":[1e2], "messages":[{"role":"user","content":"h\\u00e9"}]}';
    expect((await post('/v1/chat/completions', { body: text })).status).toBe(200);
    expect(simulator?.bodies().at(-1)).toBe('{ "temperature":1.0,"model" : "gpt-4o-mini-instant","new_field":[1e2], "messages":[{"role":"user","content":"h\\u00e9"}]}');
  });
});

describe('permissions', () => {
  const as = (key: string, body: object, headers = {}) => fetch(`${system.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body), headers: { 'x-api-key': key, ...headers } });

  test('a key gets the priority it may use, and is refused another, another resource, and a second key', async () => {
    expect((await as('sk-bulk-test', hello)).headers.get('x-sluice-priority')).toBe('batch');
    expect(await errorOf(await as('sk-bulk-test', hello, { 'x-sluice-priority': 'urgent' }))).toMatchObject({ code: 'permission_denied', param: 'x-sluice-priority' });
    expect(await errorOf(await as('sk-bulk-test', { ...hello, model: 'broken' }))).toMatchObject({ code: 'permission_denied', param: 'model' });
    expect((await as('sk-bulk-test', hello, { authorization: `Bearer ${KEY}` })).status).toBe(401);
    expect((await fetch(`${system.url}/v1/chat/completions`, { method: 'POST', body: '{}' })).status).toBe(401);
  });

  test('a priority asked for in a header or by service tier is the job\'s, and is audited', async () => {
    expect((await as(KEY, hello, { 'x-sluice-priority': 'urgent' })).headers.get('x-sluice-priority')).toBe('urgent');
    expect((await as(KEY, { ...hello, service_tier: 'flex' })).headers.get('x-sluice-priority')).toBe('normal');
    expect((await as(KEY, { ...hello, sluice: { priority: 'batch' } })).headers.get('x-sluice-priority')).toBe('batch');
  });

  test('a model is named directly where the environment allows it', async () => {
    const response = await as(KEY, { ...hello, model: 'openai-compatible/gpt-4o-instant' });
    expect([response.status, response.headers.get('x-sluice-resource'), response.headers.get('x-sluice-model')]).toEqual([200, 'openai-compatible/gpt-4o-instant', 'gpt-4o-instant']);
  });
});

test('a route that does not exist at the provider is its error, not to be tried again', async () => {
  const response = await system.chat({ ...hello, model: 'broken' });
  expect([response.status, response.headers.get('x-should-retry'), response.headers.get('x-sluice-error')]).toEqual([502, 'false', 'provider_error']);
  expect(await errorOf(response)).toMatchObject({ type: 'api_error', code: 'provider_error', provider: { status: 404 } });
});

describe('what the provider refuses', () => {
  let calls = 0;
  // Each a request of its own: a refusal is given again to the same one for as long as it holds.
  const scripted = async (fault: Fault, body: object, headers = {}) => {
    const [simulator] = system.simulators;
    simulator?.script([{ when: {}, fault }]);
    const response = await system.chat({ ...hello, ...body, user: `caller ${calls += 1}` }, { headers });
    const text = await response.text();
    simulator?.script([]);
    return { response, text };
  };

  test.each([false, true])('at its limit is said to be so, with the time to come back; the next call waits for it (streamed: %s)', async (stream) => {
    const { response, text } = await scripted({ kind: 'throttle', retryAfterMs: 2_500 }, { stream }, { 'x-sluice-max-wait-ms': '2000' });
    expect([response.status, response.headers.get('x-sluice-error')]).toEqual([429, 'provider_rate_limited']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(response.headers.get('retry-after-ms'))).toBeGreaterThan(1_500);
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'rate_limit_error', message: expect.stringMatching(/Please try again in \d+ s$/) } });
    expect((await system.chat({ ...hello, stream, seed: 1 })).status).toBe(200);
  });

  test.each([false, true])('of the request itself passes unchanged (streamed: %s)', async (stream) => {
    const error = { message: 'too long', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' };
    const { response, text } = await scripted({ kind: 'status', status: 400, body: { error } }, { stream });
    expect([response.status, response.headers.get('x-sluice-error')]).toEqual([400, 'invalid_request']);
    expect(JSON.parse(text)).toEqual({ type: 'error', error, request_id: response.headers.get('x-request-id') });
  });

  test.each([false, true])('of our key is no business of the caller (streamed: %s)', async (stream) => {
    const { response, text } = await scripted({ kind: 'status', status: 401, body: { error: { message: 'wrong key sk-upstream', code: 'invalid_api_key' } } }, { stream });
    expect([response.status, response.headers.get('x-sluice-error'), response.headers.get('x-should-retry')]).toEqual([502, 'provider_error', 'false']);
    expect(text).not.toContain('sk-upstream');
  });
});

describe('pages', () => {
  test('models carry both formats, are found by name, also with a slash, and HEAD works', async () => {
    const list = await (await get('/v1/models')).json() as { data: Record<string, unknown>[]; has_more: boolean; first_id: string };
    expect(list).toMatchObject({ object: 'list', has_more: false, first_id: 'broken' });
    expect(list.data[1]).toMatchObject({ id: 'fast', object: 'model', owned_by: 'sluice', type: 'model', display_name: 'fast', created: expect.any(Number), created_at: expect.any(String) });
    for (const id of ['fast', 'openai-compatible/any', 'openai-compatible%2Fany']) {
      expect(await (await get(`/models/${id}`)).json()).toMatchObject({ id: decodeURIComponent(id) });
    }
    expect((await get('/v1/models/none')).status).toBe(404);
    expect((await get('/v1/models/%ff')).status).toBe(400);
    const head = await get('/v1/models', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(`${system.url}/v1/models`)).status).toBe(401);
  });

  test('health, metrics and the description of the API are open', async () => {
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${system.url}/readyz`)).json()).toEqual({ ready: true, redis: 'ok', postgres: 'ok', stopping: false });
    expect(await (await fetch(`${system.url}/metrics`)).text()).toMatch(/sluice_requests_total\{endpoint="\/v1\/chat\/completions",status="200",code="ok"/);
    expect(await (await fetch(`${system.url}/docs`)).text()).toContain('<h1>Sluice</h1>');
    const { paths } = await (await fetch(`${system.url}/openapi.json`)).json() as { paths: Record<string, Record<string, unknown>> };
    // What needs a job, a file or a batch to be there is looked at in their own tests.
    for (const [path, methods] of Object.entries(paths).filter(([path]) => !/^\/v1\/(jobs|files|batches)/.test(path))) {
      for (const method of Object.keys(methods)) {
        const response = await fetch(system.url + path.replace('{id}', 'fast'), { method, headers: { 'x-api-key': KEY }, ...(method === 'post' ? { body: JSON.stringify(path === '/v1/embeddings' ? { model: 'fast', input: 'hello' } : hello) } : {}) });
        expect(response.status, `${method} ${path}`).toBe(200);
        await response.arrayBuffer();
      }
    }
  });

  test('a browser of an allowed origin passes its preflight without a key and may read the answer; others may not', async () => {
    const ask = (origin: string) => fetch(`${system.url}/v1/chat/completions`, {
      method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-stainless-os' },
    });
    const allowed = await ask('https://app.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-headers')]).toEqual([204, 'authorization, x-stainless-os']);
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const response = await system.chat(hello, { headers: { origin: 'https://app.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(response.headers.get('access-control-expose-headers')).toContain('x-sluice-queue-ms');
  });
});
