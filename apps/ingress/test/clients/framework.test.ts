/**
 * A framework on top of raw HTTP: the AI SDK with its client for OpenAI-compatible servers, which has ways of its own to
 * retry and to fail. It runs as a program of its own, as its users run it.
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBreakableWay } from './breakable-way.ts';
import { startClientProcess } from './client-process.ts';
import type { ClientProcess } from './client-process.ts';
import type { FrameworkOrder } from './framework-order.ts';
import { PATIENT_ANSWER, startHurriedServer } from './hurried-server.ts';
import { asked, KEY, LITTLE_KEY, startScene, takenOver } from './scene.ts';
import type { Scene } from './scene.ts';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

let scene: Scene;
let framework: ClientProcess<FrameworkOrder>;
beforeAll(async () => {
  scene = await startScene();
  const program = fileURLToPath(new URL('ai-sdk-client.ts', import.meta.url));
  framework = startClientProcess({
    command: process.execPath,
    args: ['--import', TSX, program],
    baseURL: scene.baseURL,
    key: KEY,
  });
});
afterAll(async () => {
  await framework?.stop();
  await scene?.stop();
});

describe('answers', () => {
  test('a call has its text and its usage, and the job in its headers', async () => {
    const told = await framework.result({ scenario: 'text', headers: asked('framework', { 'x-sluice-priority': 'urgent' }) });
    expect(told).toEqual({
      text: expect.stringContaining('Hello'),
      finishReason: 'stop',
      tokens: expect.any(Number),
      requestId: expect.any(String),
    });
    expect(await scene.jobsOf('framework')).toEqual([
      expect.objectContaining({ id: told['requestId'], priority: 'urgent', attempts: 1 }),
    ]);
  });

  test('a stream brings the same text piece by piece, and its usage', async () => {
    const { text, tokens } = await framework.result({ scenario: 'text', model: 'smart' });
    const streamed = await framework.result({ scenario: 'stream', model: 'smart' });
    expect(streamed).toEqual({ text, tokens, finishReason: 'stop', pieces: expect.any(Number) });
    expect(streamed['pieces']).toBeGreaterThan(5);
  });

  test('a tool is called and its result goes back into the conversation', async () => {
    expect(await framework.result({ scenario: 'toolRound', content: 'weather?' })).toEqual({
      results: [{ toolName: 'weather', output: 'sunny' }],
      text: expect.stringMatching(/./),
    });
  });

  test('an object of a given shape is generated', async () => {
    expect(await framework.result({ scenario: 'object' })).toEqual({
      object: { name: expect.any(String), age: expect.any(Number) },
    });
  });
});

describe('errors', () => {
  test.each<[name: string, statusCode: number, code: string, isRetryable: boolean, order: Partial<FrameworkOrder>]>([
    ['an unknown key', 401, 'invalid_api_key', false, { apiKey: 'sk-unknown' }],
    ['a key without permission', 403, 'permission_denied', false, { model: 'smart', apiKey: LITTLE_KEY }],
    ['an unknown model', 404, 'model_not_found', false, { model: 'none' }],
    ['a failing provider', 502, 'provider_error', true, { model: 'failing' }],
  ])('%s raises an error of the call with its status, message and code', async (_name, statusCode, code, isRetryable, order) => {
    const error = { name: 'AI_APICallError', statusCode, isRetryable, code };
    const raised = await framework.error({ scenario: 'text', maxRetries: 0, ...order });
    expect(raised).toMatchObject({ ...error, data: { error: { code, message: raised['message'] } } });
    expect(await framework.error({ scenario: 'stream', maxRetries: 0, ...order })).toMatchObject(error);
  });
});

test('a stream that the provider cuts raises, wherever it ends', async () => {
  await framework.result({ scenario: 'stream', model: 'cut' });
  const whole = scene.calls('gpt-cut').at(-1)?.bytesSent ?? 0;
  expect(whole).toBeGreaterThan(1_400);
  for (const byte of [10, 700, Math.floor(whole / 2), whole - 20]) {
    await scene.cutAt(byte);
    const raised = await framework.error({ scenario: 'stream', model: 'cut', maxRetries: 0 });
    expect(JSON.stringify(raised), `cut at ${byte}`).toContain('provider_error');
  }
});

describe('patience', () => {
  test('two silent minutes, with all that is sent to bridge them, change nothing about the answer', async () => {
    const server = await startHurriedServer();
    const { baseURL } = server;
    expect(await framework.result({ scenario: 'stream', baseURL })).toMatchObject({ text: PATIENT_ANSWER, finishReason: 'stop' });
    expect(await framework.result({ scenario: 'text', baseURL, maxRetries: 0 })).toMatchObject({ text: PATIENT_ANSWER });
    await server.stop();
  });

  test('a provider that is later than the status of the stream is waited for', async () => {
    expect(await framework.result({ scenario: 'stream', model: 'late' })).toMatchObject({
      text: expect.stringContaining('Hello'),
    });
  });
});

describe('its own retries make no second job', () => {
  test('of a call whose connection broke while it waited', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const way = await openBreakableWay(scene.system.url);
    const call = framework.result({
      scenario: 'text',
      model: 'narrow',
      content: 'broken',
      baseURL: way.baseURL,
      headers: asked('framework broken'),
    });
    const waitsSince = await scene.oneWaits();
    way.break();
    await waitFor(() => way.connections() === 2, { withinMs: 10_000, what: 'the framework tries again' });
    await release();
    const { requestId: id } = await call;
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('framework broken')).toEqual([takenOver(waitsSince, id)]);
    await way.stop();
  });

  test('of a call that was aborted while it waited, and is made again', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const order: FrameworkOrder = {
      scenario: 'text',
      model: 'narrow',
      content: 'aborted',
      abortable: 'first',
      headers: asked('framework aborted'),
    };
    const left = framework.error(order);
    await scene.oneWaits();
    await framework.result({ scenario: 'abort', abortable: 'first' });
    expect(await left).toMatchObject({ name: 'AbortError' });
    await waitFor(async () => (await scene.openCalls()) === 1, { withinMs: 5_000, what: 'the call is left' });
    const triedAgainAt = Date.now();
    const again = framework.result(order);
    await scene.oneWaits();
    await release();
    expect((await again)['text']).toBeTruthy();
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('framework aborted')).toEqual([takenOver(triedAgainAt)]);
  });

  test('of a refusal whose time it does not wait for: it is given again, at no cost', async () => {
    const error = await framework.error({
      scenario: 'text',
      model: 'throttled',
      headers: asked('framework throttled', { 'x-sluice-max-wait-ms': '3000' }),
    });
    expect(error).toMatchObject({
      name: 'AI_RetryError',
      errors: Array(3).fill(expect.objectContaining({ statusCode: 429, code: 'provider_rate_limited' })),
    });
    expect(scene.calls('gpt-throttled')).toHaveLength(1);
    expect(await scene.jobsOf('framework throttled')).toHaveLength(1);
  });
});
