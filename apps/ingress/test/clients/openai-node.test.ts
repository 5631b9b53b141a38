/** The official openai SDK for Node, of which only the base URL and the key were changed. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PATIENT_ANSWER, startHurriedServer } from './hurried-server.ts';
import { asked, KEY, LITTLE_KEY, refused, startScene } from './scene.ts';
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

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
  },
};

describe('answers', () => {
  test('a call has its answer, its usage, and the job as its request id', async () => {
    const data = await openai().chat.completions.create(asking('fast'));
    expect(data.choices[0]).toMatchObject({
      index: 0,
      finish_reason: 'stop',
      message: { role: 'assistant', content: expect.stringContaining('Hello') },
    });
    expect(data.usage?.total_tokens).toBeGreaterThan(0);
    expect(data._request_id).toMatch(/^job_/);
    const { response, request_id: id } = await openai().chat.completions.create(asking('fast')).withResponse();
    expect([response.headers.get('x-request-id'), response.headers.get('request-id')]).toEqual([id, id]);
  });

  test('a stream brings the same words as the whole answer, piece by piece, and the usage that was asked for', async () => {
    const whole = await openai().chat.completions.create(asking('smart'));
    const words: string[] = [];
    let usage: number | undefined;
    for await (const chunk of await openai().chat.completions.create({
      ...asking('smart'),
      stream: true,
      stream_options: { include_usage: true },
    })) {
      words.push(chunk.choices[0]?.delta.content ?? '');
      usage ??= chunk.usage?.total_tokens;
    }
    expect(words.length).toBeGreaterThan(5);
    expect(words.join('')).toBe(whole.choices[0]?.message.content);
    expect(usage).toBe(whole.usage?.total_tokens);
  });

  test('the helper for streams puts the final completion together, and tells of each piece on the way', async () => {
    let pieces = 0;
    const stream = openai()
      .chat.completions.stream(asking('smart'))
      .on('content', () => {
        pieces++;
      });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(await stream.finalContent());
    expect(final.choices[0]?.finish_reason).toBe('stop');
    expect(pieces).toBeGreaterThan(5);
  });

  test.each([false, true])('a tool is called with arguments that parse (streamed: %s)', async (stream) => {
    const body = { ...asking('smart', 'weather?'), tools: [weather], tool_choice: 'required' as const };
    const completion = stream
      ? await openai().chat.completions.stream(body).finalChatCompletion()
      : await openai().chat.completions.create(body);
    const [call] = completion.choices[0]?.message.tool_calls ?? [];
    expect([completion.choices[0]?.finish_reason, call?.type]).toEqual(['tool_calls', 'function']);
    expect(JSON.parse(call?.type === 'function' ? call.function.arguments : '')).toEqual({ city: expect.any(String) });
  });

  test('an answer of a given shape is parsed, and so are the arguments of a typed tool', async () => {
    const shape = z.object({ name: z.string(), age: z.number(), tags: z.array(z.string()) });
    const answered = await openai().chat.completions.parse({
      ...asking('fast'),
      response_format: zodResponseFormat(shape, 'person'),
    });
    expect(shape.parse(answered.choices[0]?.message.parsed)).toEqual(answered.choices[0]?.message.parsed);
    const tool = zodFunction({ name: 'weather', parameters: z.object({ city: z.string() }) });
    const called = await openai().chat.completions.parse({ ...asking('fast'), tools: [tool], tool_choice: 'required' });
    expect(called.choices[0]?.message.tool_calls?.[0]?.function.parsed_arguments).toEqual({ city: expect.any(String) });
  });

  test('models are listed and found, also by a name with a slash', async () => {
    const ids: string[] = [];
    for await (const { id } of openai().models.list()) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining(['fast', 'smart', 'openai-compatible/gpt-cut']));
    expect(await openai().models.retrieve('openai-compatible/gpt-cut')).toMatchObject({
      id: 'openai-compatible/gpt-cut',
      object: 'model',
    });
    const little: string[] = [];
    for await (const { id } of openai({ apiKey: LITTLE_KEY }).models.list()) little.push(id);
    expect(little).toContain('fast');
    expect(little).not.toContain('smart');
  });

  test('what is asked of Sluice in default headers is done, and kept with the job', async () => {
    const client = openai({
      defaultHeaders: asked('node headers', { 'x-sluice-priority': 'urgent', 'x-sluice-tags': 'one,two' }),
    });
    const { response } = await client.chat.completions.create(asking('fast')).withResponse();
    expect(response.headers.get('x-sluice-priority')).toBe('urgent');
    expect(await scene.jobsOf('node headers')).toEqual([
      expect.objectContaining({
        id: response.headers.get('x-request-id'),
        state: 'completed',
        priority: 'urgent',
        attempts: 1,
        tags: ['one', 'two'],
      }),
    ]);
  });

  test('the example answers whoever runs it', async () => {
    const example = fileURLToPath(new URL('../../../../examples/hello.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [example], {
      env: { ...process.env, SLUICE_URL: scene.system.url, SLUICE_KEY: KEY },
    });
    expect(stdout).toContain('Why do queues beat retries?');
  });
});

describe('errors', () => {
  type ErrorType = abstract new (...args: never[]) => Error;
  type Case = [name: string, type: ErrorType, status: number, code: string, call: () => Promise<unknown>];
  const late = { headers: { 'x-sluice-deadline': '1' } };
  test.each<Case>([
    ['an unknown key', OpenAI.AuthenticationError, 401, 'invalid_api_key', () => once({ apiKey: 'sk-unknown' }).models.list()],
    [
      'a key without permission',
      OpenAI.PermissionDeniedError,
      403,
      'permission_denied',
      () => once({ apiKey: LITTLE_KEY }).chat.completions.create(asking('smart')),
    ],
    ['an unknown model', OpenAI.NotFoundError, 404, 'model_not_found', () => once().chat.completions.create(asking('none'))],
    [
      'a field that is wrong',
      OpenAI.BadRequestError,
      400,
      'invalid_request',
      () => once().chat.completions.create({ ...asking('fast'), temperature: 7 }),
    ],
    [
      'a failing provider',
      OpenAI.InternalServerError,
      502,
      'provider_error',
      () => once().chat.completions.create(asking('failing')),
    ],
    [
      'a failing provider of a stream',
      OpenAI.InternalServerError,
      502,
      'provider_error',
      () => once().chat.completions.create({ ...asking('failing'), stream: true }),
    ],
    [
      'a deadline that passes at work',
      OpenAI.InternalServerError,
      504,
      'deadline_exceeded',
      () => openai().chat.completions.create(asking('hanging'), late),
    ],
  ])('%s raises a typed error with its code', async (_name, type, status, code, call) => {
    const error = await refused(call());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({
      status,
      code,
      requestID: expect.stringMatching(/^job_/),
      message: expect.stringContaining(String(status)),
    });
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('x-sluice-error')).toBe(code); // by its type
  });

  test('what is wrong is named', async () => {
    expect(await refused(once().chat.completions.create({ ...asking('fast'), temperature: 7 }))).toMatchObject({
      param: 'temperature',
      type: 'invalid_request_error',
    });
  });

  test('a job that was past its deadline is not tried again', async () => {
    expect(scene.calls('gpt-hanging')).toHaveLength(1);
  });
});

describe('a stream that the provider cuts', () => {
  const collected = async (client: OpenAI) => {
    let heard = '';
    for await (const chunk of await client.chat.completions.create({ ...asking('cut'), stream: true }))
      heard += chunk.choices[0]?.delta.content ?? '';
    return heard;
  };
  let wholeBytes: number;
  beforeAll(async () => {
    await collected(openai());
    wholeBytes = scene.calls('gpt-cut').at(-1)?.bytesSent ?? 0;
  });

  test.each<[string, (whole: number) => number]>([
    ['within its first event', () => 10],
    ['within an event', () => 700],
    ['in the middle', (whole) => Math.floor(whole / 2)],
    ['before its terminator', (whole) => whole - 20],
  ])('raises when it ends %s, also through the helper', async (_where, at) => {
    await scene.cutAt(at(wholeBytes));
    expect(wholeBytes).toBeGreaterThan(1_400);
    expect(await refused(collected(once()))).toBeInstanceOf(OpenAI.APIError);
    expect(await refused(once().chat.completions.stream(asking('cut')).finalChatCompletion())).toBeInstanceOf(OpenAI.OpenAIError);
  });

  test('says why', async () => {
    await scene.cutAt(700);
    expect(await refused(collected(once()))).toMatchObject({ code: 'provider_error', type: 'api_error' });
  });
});

describe('patience', () => {
  test('two silent minutes, with all that is sent to bridge them, change nothing about the answer', async () => {
    const server = await startHurriedServer();
    const client = openai({ baseURL: server.baseURL, maxRetries: 0 });
    const stream = client.chat.completions.stream(asking('fast'));
    const ids = new Set<string>();
    stream.on('chunk', ({ id }) => void ids.add(id));
    expect((await stream.finalChatCompletion()).choices[0]).toMatchObject({
      message: { content: PATIENT_ANSWER },
      finish_reason: 'stop',
    });
    expect(ids.size).toBe(1);
    expect(server.written().match(/: queued position=3/g)?.length).toBeGreaterThan(5);
    expect(server.written().match(/"delta":\{\},"finish_reason":null/g)).toHaveLength(3);
    const plain = await client.chat.completions.create(asking('fast'));
    expect(plain.choices[0]?.message.content).toBe(PATIENT_ANSWER);
    await server.stop();
  });

  test('a provider that is later than the status of the stream is waited for', async () => {
    const before = performance.now();
    const { data, response } = await openai()
      .chat.completions.create({ ...asking('late'), stream: true })
      .withResponse();
    const headersAfterMs = performance.now() - before;
    let heard = '';
    for await (const chunk of data) heard += chunk.choices[0]?.delta.content ?? '';
    expect(heard).toContain('Hello');
    expect(headersAfterMs).toBeLessThan(performance.now() - before - 500);
    expect(response.headers.get('x-sluice-route')).toBeNull();
  });
});
