/** The official openai SDK for Python, of which only the base URL and the key were changed. */
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBreakableWay } from './breakable-way.ts';
import { PATIENT_ANSWER, startHurriedServer } from './hurried-server.ts';
import { findPython, startPythonClient } from './python-client.ts';
import type { PythonOrder, PythonPlace } from './python-client.ts';
import type { ClientProcess } from './client-process.ts';
import { asked, KEY, LITTLE_KEY, startScene, takenOver } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;
let python: ClientProcess<PythonOrder>;
let place: PythonPlace;
beforeAll(async () => {
  place = await findPython(process.env, 'openai');
  if (place.kind === 'missing') {
    if (process.env['CI'] === 'true') throw new Error(place.reason);
    return;
  }
  scene = await startScene();
  python = startPythonClient(place.python, { baseURL: scene.baseURL, key: KEY });
}, 200_000);
afterAll(async () => {
  await python?.stop();
  await scene?.stop();
});
beforeEach((context) => {
  if (place.kind === 'missing') context.skip(place.reason);
});

const result = (order: PythonOrder) => python.result(order);
const error = (order: PythonOrder) => python.error(order);
const ONCE = { max_retries: 0 };

describe('answers', () => {
  test('a call has its answer, its usage, and the job as its request id', async () => {
    const headers = asked('python headers', { 'x-sluice-priority': 'urgent' });
    const told = await result({ scenario: 'chat', headers });
    expect(told).toEqual({
      content: expect.stringContaining('Hello'),
      finish: 'stop',
      usage: expect.any(Number),
      request_id: expect.stringMatching(/^job_/),
    });
    expect(await scene.jobsOf('python headers')).toEqual([
      expect.objectContaining({ id: told['request_id'], priority: 'urgent', state: 'completed' }),
    ]);
  });

  test('a stream brings the same words piece by piece, to each kind of client', async () => {
    const { content } = await result({ scenario: 'chat', model: 'smart' });
    const streamed = await result({ scenario: 'stream', model: 'smart' });
    expect(streamed).toEqual({ content, pieces: expect.any(Number), ids: 1 });
    expect(streamed['pieces']).toBeGreaterThan(5);
    expect(await result({ scenario: 'async_stream', model: 'smart' })).toEqual({ content });
    expect(await result({ scenario: 'stream_helper', model: 'smart' })).toEqual({
      content,
      finish: 'stop',
      kinds: expect.arrayContaining(['chunk', 'content.delta', 'content.done']),
    });
  });

  test('tools are called, shapes are parsed, models are listed and found', async () => {
    expect(await result({ scenario: 'tool' })).toEqual({
      finish: 'tool_calls',
      name: 'weather',
      arguments: { city: expect.any(String) },
    });
    expect(await result({ scenario: 'parse' })).toEqual({ parsed: { name: expect.any(String), age: expect.any(Number) } });
    expect(await result({ scenario: 'models' })).toEqual({
      ids: expect.arrayContaining(['fast', 'smart']),
      one: 'openai-compatible/gpt-cut',
    });
  });
});

describe('errors', () => {
  test.each<[name: string, type: string, status: number, code: string, order: PythonOrder]>([
    ['an unknown key', 'AuthenticationError', 401, 'invalid_api_key', { scenario: 'chat', options: { api_key: 'sk-unknown' } }],
    [
      'a key without permission',
      'PermissionDeniedError',
      403,
      'permission_denied',
      { scenario: 'chat', model: 'smart', options: { api_key: LITTLE_KEY } },
    ],
    ['an unknown model', 'NotFoundError', 404, 'model_not_found', { scenario: 'chat', model: 'none' }],
    ['a field that is wrong', 'BadRequestError', 400, 'invalid_request', { scenario: 'chat', more: { temperature: 7 } }],
    ['a failing provider', 'InternalServerError', 502, 'provider_error', { scenario: 'chat', model: 'failing', options: ONCE }],
    [
      'a failing provider of a stream',
      'InternalServerError',
      502,
      'provider_error',
      { scenario: 'stream', model: 'failing', options: ONCE },
    ],
    [
      'a deadline that passes at work',
      'InternalServerError',
      504,
      'deadline_exceeded',
      { scenario: 'chat', model: 'hanging', headers: { 'x-sluice-deadline': '1' } },
    ],
  ])('%s raises a typed error with its code', async (_name, type, status, code, order) => {
    expect(await error(order)).toMatchObject({ type, status, code, request_id: expect.stringMatching(/^job_/) });
  });

  test('what is wrong is named', async () => {
    expect(await error({ scenario: 'chat', more: { temperature: 7 } })).toMatchObject({ param: 'temperature' });
  });

  test('a job that was past its deadline is not tried again', () => {
    expect(scene.calls('gpt-hanging')).toHaveLength(1);
  });
});

test('a stream that the provider cuts raises, wherever it ends and whoever reads it', async () => {
  await result({ scenario: 'stream', model: 'cut' });
  const whole = scene.calls('gpt-cut').at(-1)?.bytesSent ?? 0;
  expect(whole).toBeGreaterThan(1_400);
  for (const byte of [10, 700, Math.floor(whole / 2), whole - 20]) {
    await scene.cutAt(byte);
    for (const scenario of ['stream', 'stream_helper', 'async_stream'] as const) {
      const raised = await error({ scenario, model: 'cut', options: ONCE });
      expect(raised, `${scenario} cut at ${byte}`).toMatchObject({
        kinds: expect.arrayContaining(['APIError']),
        code: 'provider_error',
      });
    }
  }
});

describe('patience', () => {
  test('two silent minutes, with all that is sent to bridge them, change nothing about the answer', async () => {
    const server = await startHurriedServer();
    const options = { ...ONCE, base_url: server.baseURL };
    expect(await result({ scenario: 'stream', options })).toEqual({ content: PATIENT_ANSWER, pieces: 2, ids: 1 });
    expect(await result({ scenario: 'async_stream', options })).toEqual({ content: PATIENT_ANSWER });
    expect(await result({ scenario: 'stream_helper', options })).toMatchObject({ content: PATIENT_ANSWER, finish: 'stop' });
    expect(await result({ scenario: 'chat', options })).toMatchObject({ content: PATIENT_ANSWER });
    await server.stop();
  });

  test('a provider that is later than the status of the stream is waited for', async () => {
    expect(await result({ scenario: 'stream', model: 'late' })).toMatchObject({ content: expect.stringContaining('Hello') });
  });
});

describe('its own retries make no second job', () => {
  test('of a call that the client gave up while it waited: the next try takes it over', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const way = await openBreakableWay(scene.system.url);
    const call = result({
      scenario: 'stream',
      model: 'narrow',
      content: 'timeout',
      headers: asked('python timeout'),
      options: { base_url: way.baseURL, timeout: 3 },
    });
    const waitsSince = await scene.oneWaits();
    await waitFor(() => way.connections() === 2, { withinMs: 10_000, what: 'the client gives up and tries again' });
    await release();
    expect(await call).toMatchObject({ ids: 1 });
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('python timeout')).toEqual([takenOver(waitsSince)]);
    await way.stop();
  });

  test('of a call whose connection broke while it waited', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const way = await openBreakableWay(scene.system.url);
    const call = result({
      scenario: 'chat',
      model: 'narrow',
      content: 'broken',
      headers: asked('python broken'),
      options: { base_url: way.baseURL },
    });
    const waitsSince = await scene.oneWaits();
    way.break();
    await waitFor(() => way.connections() === 2, { withinMs: 5_000, what: 'the client tries again' });
    await release();
    const { request_id: id } = await call;
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('python broken')).toEqual([takenOver(waitsSince, id)]);
    await way.stop();
  });

  test('of a call that could not start in time: the refusal is given again, at no cost', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const impatient: PythonOrder = {
      scenario: 'chat',
      model: 'narrow',
      content: 'refused',
      headers: asked('python refused', { 'x-sluice-max-wait-ms': '200' }),
      options: ONCE,
    };
    expect(await error(impatient)).toMatchObject({ type: 'RateLimitError', status: 429, code: 'queue_timeout' });
    await release();
    expect(await error(impatient)).toMatchObject({ type: 'RateLimitError', status: 429, code: 'queue_timeout' });
    expect(scene.calls('gpt-narrow').length).toBe(before);
    expect(await scene.jobsOf('python refused')).toEqual([expect.objectContaining({ state: 'expired', attempts: 0 })]);
  });

  test('of a refusal that lasts longer than a client should sleep: there are none', async () => {
    const headers = asked('python throttled', { 'x-sluice-max-wait-ms': '3000' });
    expect(await error({ scenario: 'chat', model: 'throttled', headers })).toMatchObject({
      type: 'RateLimitError',
      code: 'provider_rate_limited',
      should_retry: 'false',
    });
    expect(scene.calls('gpt-throttled')).toHaveLength(1);
    expect(await scene.jobsOf('python throttled')).toHaveLength(1);
  });
});
