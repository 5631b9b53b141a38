/** OpenAI's SDK talks Responses and Embeddings to the simulator, at OpenAI and at Azure. */
import OpenAI, { AzureOpenAI, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promptOfTokens, startSimulator, type Simulator } from '../src/index.ts';
import { allOf, errorOf } from './sdk-client.ts';

let simulator: Simulator;
let client: OpenAI;

beforeAll(async () => {
  simulator = await startSimulator({
    latencyMs: 0, chunkEveryMs: 0,
    limits: [{ model: 'narrow', dimension: 'requests', amount: 1, windowMs: 60_000, window: 'sliding' }],
  });
  client = new OpenAI({ apiKey: 'sk-test', baseURL: simulator.url, maxRetries: 0 });
});
afterAll(() => simulator.stop());

const tools = ['get_weather', 'get_traffic'].map((name) => ({
  type: 'function' as const, name, strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}));

describe('Responses', () => {
  test('answers in text, with what it was asked repeated', async () => {
    const answer = await client.responses.create({ model: 'gpt-5', input: 'hello', instructions: 'Be kind.', max_output_tokens: 64 });
    expect(answer).toMatchObject({ object: 'response', status: 'completed', model: 'gpt-5', instructions: 'Be kind.', max_output_tokens: 64, error: null });
    expect(answer.output_text).toMatch(/^Hello!.*simulator/);
    expect(answer.usage?.total_tokens).toBe((answer.usage?.input_tokens ?? 0) + (answer.usage?.output_tokens ?? 0));
  });

  test('is incomplete at the maximum', async () => {
    const answer = await client.responses.create({ model: 'gpt-5', input: 'hello', max_output_tokens: 16 });
    expect(answer).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, usage: { output_tokens: 16 } });
  });

  test('streams the same, numbered without a gap, in the order of OpenAI', async () => {
    const body = { model: 'gpt-5', input: 'hello', reasoning: { summary: 'auto' as const } };
    const events = await allOf(await client.responses.create({ ...body, stream: true }));
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, n) => n));
    const order = events.map(({ type }) => type).filter((type, n, all) => type !== all[n - 1]);
    expect(order).toEqual([
      'response.created', 'response.in_progress',
      'response.output_item.added', 'response.reasoning_summary_part.added', 'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done', 'response.reasoning_summary_part.done', 'response.output_item.done',
      'response.output_item.added', 'response.content_part.added', 'response.output_text.delta', 'response.output_text.done',
      'response.content_part.done', 'response.output_item.done', 'response.completed',
    ]);
    const whole = await client.responses.create(body);
    const helper = await client.responses.stream(body).finalResponse();
    expect(helper.output_text).toBe(whole.output_text);
    expect(helper.usage).toEqual(whole.usage);
    expect(whole.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
  });

  test('a loop of tools: two calls, their results, the thought handed back as it came', async () => {
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Use get_weather and get_traffic for Rome.' }];
    const asked = { model: 'gpt-5', tools, reasoning: { effort: 'low' as const }, include: ['reasoning.encrypted_content' as const], store: false };
    const first = await client.responses.stream({ ...asked, input }).finalResponse();
    const calls = first.output.filter((item) => item.type === 'function_call');
    expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
      ['get_weather', { city: 'simulated' }], ['get_traffic', { city: 'simulated' }],
    ]);
    const results = calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'fine' }));
    const history = [...input, ...first.output.filter((item) => item.type === 'reasoning' || item.type === 'function_call'), ...results];
    const second = await client.responses.create({ ...asked, input: history });
    expect(second.output_text).toContain('simulator');

    const error = await errorOf(client.responses.create({ ...asked, input: history.slice(0, -1) }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^400 No tool output found/) });
    const strange = { type: 'reasoning' as const, id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
    expect(await errorOf(client.responses.create({ ...asked, input: [...input, strange] }))).toMatchObject({ code: 'invalid_encrypted_content' });
  });

  test('JSON of a schema', async () => {
    const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'], additionalProperties: false };
    const answer = await client.responses.create({
      model: 'gpt-5', input: 'hello', text: { format: { type: 'json_schema', name: 'p', schema } },
    });
    expect(JSON.parse(answer.output_text)).toEqual({ age: 1 });
  });

  test('the same long beginning again is read from the cache', async () => {
    const input = [{ role: 'user' as const, content: promptOfTokens(1_400) }];
    const cachedOf = async (more: OpenAI.Responses.ResponseInput) =>
      (await client.responses.create({ model: 'cached', input: [...input, ...more] })).usage?.input_tokens_details.cached_tokens;
    expect(await cachedOf([])).toBe(0);
    expect(await cachedOf([{ role: 'user', content: 'And now?' }])).toBe(1_280);
  });

  test('errors are typed, in the middle of a stream too', async () => {
    expect(await errorOf(client.responses.create({ model: 'no-such-model', input: 'x' }))).toBeInstanceOf(NotFoundError);
    const missing = await errorOf(client.post('/responses', { body: { model: 'm' } }));
    expect(missing).toMatchObject({ status: 400, param: 'input', code: 'missing_required_parameter' });
    await client.responses.create({ model: 'narrow', input: 'x' });
    expect(await errorOf(client.responses.create({ model: 'narrow', input: 'x' }))).toBeInstanceOf(RateLimitError);
    simulator.script([{ when: {}, fault: { kind: 'error_in_stream', afterEvents: 5 } }]);
    const seen: { type: string; sequence_number: number }[] = [];
    const stream = await client.responses.create({ model: 'm', input: 'x', stream: true });
    const failure = await errorOf((async () => { for await (const event of stream) seen.push(event); })());
    simulator.script([]);
    expect(seen.map(({ sequence_number: n }) => n)).toEqual([0, 1, 2, 3, 4]);
    expect(failure).toMatchObject({ message: expect.stringContaining('server had an error') });
  });
});

describe('Embeddings', () => {
  test('are the same for the same text, of length 1, packed or not', async () => {
    const packed = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8 });
    const plain = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8, encoding_format: 'float' });
    expect(packed.data).toEqual(plain.data);
    expect(plain.data[0]?.embedding).toHaveLength(8);
    expect(Math.hypot(...plain.data[0]?.embedding ?? [])).toBeCloseTo(1, 5);
    expect(plain.data[0]?.embedding).not.toEqual(plain.data[1]?.embedding);
    expect(plain.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  });

  test('of nothing are refused', async () => {
    expect(await errorOf(client.embeddings.create({ model: 'm', input: [] }))).toBeInstanceOf(BadRequestError);
  });
});

describe('Azure', () => {
  const azure = () => new AzureOpenAI({ endpoint: simulator.origin, apiKey: 'key', apiVersion: '2024-10-21', maxRetries: 0 });

  test('addresses a deployment, and judges the prompt before it streams', async () => {
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const answer = await azure().chat.completions.create({ model: 'my-deployment', messages });
    expect(answer.model).toBe('my-deployment');
    const { data, response } = await azure().chat.completions.create({ model: 'my-deployment', messages, stream: true }).withResponse();
    const chunks = await allOf(data);
    expect(chunks[0]).toMatchObject({ id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    expect(response.headers.get('apim-request-id')).toMatch(/^[0-9a-f]{8}-/);
    const v1 = new OpenAI({ baseURL: `${simulator.origin}/openai/v1`, apiKey: 'token', maxRetries: 0 });
    expect((await v1.responses.create({ model: 'my-deployment', input: 'hello' })).output_text).toContain('simulator');
  });

  test('says codes as texts', async () => {
    const create = (model: string) => azure().chat.completions.create({ model, messages: [{ role: 'user', content: 'x' }] });
    expect(await errorOf(create('no-such-model'))).toMatchObject({ status: 404, code: 'DeploymentNotFound' });
    simulator.script([{ when: {}, fault: { kind: 'throttle', retryAfterMs: 2_500 } }]);
    const error = await errorOf(create('m'));
    simulator.script([]);
    expect(error).toMatchObject({ status: 429, code: '429' });
    expect(error instanceof RateLimitError && error.headers.get('retry-after')).toBe('3');
  });
});
