/** The official SDK talks to the simulator as it does to the provider: that is what "speaks the wire format" means. */
import OpenAI, {
  APIConnectionError, APIError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';

let simulator: Simulator;
let client: OpenAI;
const clientOf = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: simulator.url, maxRetries: 0 });

beforeAll(async () => {
  simulator = await startSimulator({
    latencyMs: 0,
    chunkEveryMs: 0,
    limits: [{ model: 'narrow', dimension: 'requests', amount: 1, windowMs: 60_000, window: 'sliding' }],
  });
  client = clientOf('sk-test');
});
afterAll(() => simulator.stop());

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

const hello = [{ role: 'user' as const, content: 'hello' }];
const weather = {
  type: 'function' as const,
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
};
const traffic = { type: 'function' as const, function: { name: 'get_traffic', parameters: { type: 'object', properties: {} } } };

describe('an answer', () => {
  test('greets a newcomer and says where it comes from', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages: hello });
    expect(answer.object).toBe('chat.completion');
    expect(answer.model).toBe('gpt-4o');
    expect(answer.choices[0]).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant', refusal: null } });
    expect(answer.choices[0]?.message.content).toMatch(/^Hello!.*simulator/);
    expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0));
    expect(answer.usage?.prompt_tokens_details).toMatchObject({ cached_tokens: 0 });
  });

  test('has n choices, and ends at the maximum', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages: hello, n: 3, max_completion_tokens: 4 });
    const ends = answer.choices.map((choice) => [choice.index, choice.finish_reason]);
    expect(ends).toEqual([[0, 'length'], [1, 'length'], [2, 'length']]);
    expect(answer.usage?.completion_tokens).toBe(12);
  });

  test('carries the headers of OpenAI', async () => {
    const { response } = await client.chat.completions.create({ model: 'narrow', messages: hello }).withResponse();
    expect(response.headers.get('x-request-id')).toMatch(/^req_\w{32}$/);
    expect(response.headers.get('openai-version')).toBe('2020-10-01');
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('1');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^(1m0s|59(\.\d+)?s)$/);
  });

  test('is JSON of the schema that was asked for', async () => {
    const schema = {
      type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } }, required: ['name', 'age'],
    };
    const answer = await client.chat.completions.create({
      model: 'gpt-4o', messages: hello, response_format: { type: 'json_schema', json_schema: { name: 'p', schema } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ name: 'simulated', age: 1 });
    const any = await client.chat.completions.create({
      model: 'gpt-4o', messages: hello, response_format: { type: 'json_object' },
    });
    expect(JSON.parse(any.choices[0]?.message.content ?? '')).toBeTypeOf('object');
  });

  test('has log probabilities where they are wanted', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages: hello, logprobs: true });
    expect(answer.choices[0]?.logprobs?.content?.map((entry) => entry.token).join('')).toBe(answer.choices[0]?.message.content);
  });
});

describe('tools', () => {
  test('are called when that is required', async () => {
    const answer = await client.chat.completions.create({
      model: 'gpt-4o', messages: hello, tools: [weather, traffic], tool_choice: 'required',
    });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ type: 'function', function: { name: 'get_weather' } }] },
    });
    const [call] = answer.choices[0]?.message.tool_calls ?? [];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ city: 'simulated' });
  });

  test('a named one is called, and finishes with stop as OpenAI does', async () => {
    const answer = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: hello,
      tools: [weather, traffic],
      tool_choice: { type: 'function', function: { name: 'get_traffic' } },
    });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'stop', message: { tool_calls: [{ function: { name: 'get_traffic', arguments: '{}' } }] },
    });
  });

  test('stream in pieces, two of them side by side', async () => {
    const runner = client.chat.completions.stream({
      model: 'gpt-4o', messages: hello, tools: [weather, traffic], tool_choice: 'required', parallel_tool_calls: true,
    });
    const answer = await runner.finalChatCompletion();
    const calls = answer.choices[0]?.message.tool_calls ?? [];
    const called = calls.map((call) => call.type === 'function' && [call.function.name, JSON.parse(call.function.arguments)]);
    expect(called).toEqual([['get_weather', { city: 'simulated' }], ['get_traffic', {}]]);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
  });
});

describe('a stream', () => {
  const textOfStream = async (model: string, include_usage: boolean) => {
    const chunks = await allOf(
      await client.chat.completions.create({
        model, messages: hello, stream: true, ...(include_usage ? { stream_options: { include_usage } } : {}),
      })
    );
    return { chunks, text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('') };
  };

  test('says the same as the whole answer, with usage last and without choices', async () => {
    const whole = await client.chat.completions.create({ model: 'gpt-4o', messages: hello });
    const { chunks, text } = await textOfStream('gpt-4o', true);
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  });

  test('says nothing of usage unasked', async () => {
    const { chunks } = await textOfStream('gpt-4o', false);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  test('arrives at its pace', async () => {
    const from = performance.now();
    const { chunks } = await textOfStream('gpt-4o-chunk-20ms-latency-0ms', false);
    expect(performance.now() - from).toBeGreaterThanOrEqual((chunks.length - 1) * 20 - 20);
  });

  test('works with the helper, several choices interleaved', async () => {
    const answer = await client.chat.completions.stream({ model: 'gpt-4o', messages: hello, n: 2 }).finalChatCompletion();
    expect(answer.choices.map((choice) => choice.finish_reason)).toEqual(['stop', 'stop']);
    expect(answer.choices[1]?.message.content).toMatch(/^Hello!/);
  });

  test('that is cut raises', async () => {
    simulator.script([{ when: {}, fault: { kind: 'cut', atByte: 900 } }]);
    await expect(textOfStream('gpt-4o', false)).rejects.toThrow();
    simulator.script([]);
  });
});

describe('models', () => {
  test('are listed and found', async () => {
    const models = await allOf(client.models.list());
    expect(models.map((model) => model.id)).toContain('gpt-4o');
    expect(await client.models.retrieve('gpt-4o')).toMatchObject({ id: 'gpt-4o', object: 'model' });
    expect(await client.models.retrieve('org/model')).toMatchObject({ id: 'org/model' });
    await expect(client.models.retrieve('no-such-model')).rejects.toThrow(NotFoundError);
  });
});

describe('errors are typed', () => {
  const create = (who: OpenAI, more: object) => who.chat.completions.create({ model: 'gpt-4o', messages: hello, ...more });
  const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(() => { throw new Error('answered'); }, (error: unknown) => error);

  test('401', async () => {
    const error = await errorOf(create(clientOf('sk-invalid'), {}));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    const response = await fetch(`${simulator.url}/chat/completions`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(401);
  });

  test('400 with its parameter', async () => {
    const error = await errorOf(create(client, { temperature: 9 }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, param: 'temperature', code: 'decimal_above_max_value' });
  });

  test('404 for a model that is not there', async () => {
    const error = await errorOf(create(client, { model: 'no-such-model' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found' });
  });

  test('429 with the time to come back', async () => {
    const other = clientOf('sk-other');
    await create(other, { model: 'narrow' });
    const error = await errorOf(create(other, { model: 'narrow' }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'requests' });
    const headers = error instanceof APIError ? error.headers : undefined;
    expect(headers?.get('retry-after')).toBe('60');
    expect(Number(headers?.get('retry-after-ms'))).toBeGreaterThan(58_000);
  });

  test('500, and a connection that breaks', async () => {
    simulator.script([
      { when: { toCall: 1 }, fault: { kind: 'status', status: 500 } }, { when: { fromCall: 2 }, fault: { kind: 'reset' } },
    ]);
    expect(await errorOf(create(client, {}))).toBeInstanceOf(InternalServerError);
    expect(await errorOf(create(client, {}))).toBeInstanceOf(APIConnectionError);
    simulator.script([]);
  });

  test('unknown paths and methods', async () => {
    const headers = { authorization: 'Bearer sk-test' };
    expect((await fetch(`${simulator.url}/nothing`, { headers })).status).toBe(404);
    expect((await fetch(`${simulator.url}/chat/completions`, { headers })).status).toBe(405);
    const broken = await fetch(`${simulator.url}/chat/completions`, { method: 'POST', headers, body: '{"model":' });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});
