/** The openai SDK for Node tries again by itself; what it repeats must not become a second job. */
import { waitFor } from '@sluice/testkit';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBreakableWay } from './breakable-way.ts';
import { asked, KEY, refused, startScene, takenOver } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());

const openai = (options: ConstructorParameters<typeof OpenAI>[0] = {}) =>
  new OpenAI({ baseURL: scene.baseURL, apiKey: KEY, ...options });
const once = (options: ConstructorParameters<typeof OpenAI>[0] = {}) => openai({ maxRetries: 0, ...options });
const asking = (model: string, content = 'hello') => ({ model, messages: [{ role: 'user' as const, content }] });

describe('its own retries make no second job', () => {
  test('of a call that the client gave up while it waited: the next try takes it over', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const way = await openBreakableWay(scene.system.url);
    const client = openai({ baseURL: way.baseURL, timeout: 3_000, defaultHeaders: asked('node timeout') });
    const call = client.chat.completions.create({ ...asking('narrow', 'timeout'), stream: true });
    const waitsSince = await scene.oneWaits();
    await waitFor(() => way.connections() === 2, { withinMs: 10_000, what: 'the client gives up and tries again' });
    await release();
    for await (const chunk of await call) expect(chunk.object).toBe('chat.completion.chunk');
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('node timeout')).toEqual([takenOver(waitsSince)]);
    await way.stop();
  });

  test('of a call whose connection broke while it waited', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const way = await openBreakableWay(scene.system.url);
    const call = openai({ baseURL: way.baseURL, defaultHeaders: asked('node broken') })
      .chat.completions.create(asking('narrow', 'broken'))
      .withResponse();
    const waitsSince = await scene.oneWaits();
    way.break();
    await waitFor(() => way.connections() === 2, { withinMs: 5_000, what: 'the client tries again' });
    await release();
    const { data, response } = await call;
    expect(data.choices[0]?.message.content).toBeTruthy();
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('node broken')).toEqual([takenOver(waitsSince, response.headers.get('x-request-id'))]);
    await way.stop();
  });

  test('of a call that was aborted while it waited, and is made again', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const client = openai({ defaultHeaders: asked('node aborted') });
    const leaving = new AbortController();
    const left = refused(client.chat.completions.create(asking('narrow', 'aborted'), { signal: leaving.signal }));
    await scene.oneWaits();
    leaving.abort();
    expect(await left).toBeInstanceOf(OpenAI.APIUserAbortError);
    await waitFor(async () => (await scene.openCalls()) === 1, { withinMs: 5_000, what: 'the call is left' });
    const triedAgainAt = Date.now();
    const again = client.chat.completions.create(asking('narrow', 'aborted'));
    await scene.oneWaits();
    await release();
    expect((await again).choices[0]?.message.content).toBeTruthy();
    expect(scene.calls('gpt-narrow').length - before).toBe(1);
    expect(await scene.jobsOf('node aborted')).toEqual([takenOver(triedAgainAt)]);
  });

  test('of a call that could not start in time: the refusal is given again, at no cost', async () => {
    const release = await scene.occupy();
    const before = scene.calls('gpt-narrow').length;
    const impatient = () =>
      refused(
        once({ defaultHeaders: asked('node refused', { 'x-sluice-max-wait-ms': '200' }) }).chat.completions.create(
          asking('narrow', 'refused'),
        ),
      );
    const first = await impatient();
    expect(first).toBeInstanceOf(OpenAI.RateLimitError);
    expect(first).toMatchObject({
      status: 429,
      code: 'queue_timeout',
      message: expect.stringMatching(/Please try again in \d+ s/),
    });
    await release();
    expect(await impatient()).toMatchObject({ status: 429, code: 'queue_timeout' });
    expect(scene.calls('gpt-narrow').length).toBe(before);
    expect(await scene.jobsOf('node refused')).toEqual([
      expect.objectContaining({ state: 'expired', error_code: 'queue_timeout', attempts: 0 }),
    ]);
  });

  test('of a refusal that lasts longer than a client should sleep: there are none', async () => {
    const client = openai({ maxRetries: 2, defaultHeaders: asked('node throttled', { 'x-sluice-max-wait-ms': '3000' }) });
    const error = await refused(client.chat.completions.create(asking('throttled')));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'provider_rate_limited' });
    expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get('x-should-retry')).toBe('false'); // by its type
    expect(scene.calls('gpt-throttled')).toHaveLength(1);
    expect(await scene.jobsOf('node throttled')).toHaveLength(1);
  });
});
