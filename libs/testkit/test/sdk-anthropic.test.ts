/** Anthropic's SDK talks to the simulator, and so does its flavour for Vertex. */
import Anthropic, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from '@anthropic-ai/sdk';
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promptOfTokens, startSimulator, type Simulator } from '../src/index.ts';
import { allOf, errorOf } from './sdk-client.ts';

let simulator: Simulator;
let client: Anthropic;
const clientOf = (apiKey: string): Anthropic => new Anthropic({ apiKey, baseURL: simulator.origin, maxRetries: 0 });

beforeAll(async () => {
  simulator = await startSimulator({
    latencyMs: 0, chunkEveryMs: 0,
    limits: [
      { model: 'narrow', dimension: 'requests', amount: 1, windowMs: 60_000, window: 'sliding' },
      { model: 'narrow', dimension: 'input_tokens', amount: 1_000, windowMs: 60_000, window: 'sliding' },
    ],
  });
  client = clientOf('sk-ant-test');
});
afterAll(() => simulator.stop());

const hello = { model: 'claude-simulated', max_tokens: 2_048, messages: [{ role: 'user' as const, content: 'hello' }] };
const tools = ['get_weather', 'get_traffic'].map((name): Anthropic.Tool => ({
  name, input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}));

describe('Messages', () => {
  test('answers', async () => {
    const answer = await client.messages.create(hello);
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', stop_sequence: null });
    expect(answer.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/^Hello!/) });
    expect(answer.usage).toMatchObject({ cache_read_input_tokens: 0, cache_creation_input_tokens: 0 });
  });

  test('ends at the maximum and at a stop sequence', async () => {
    expect(await client.messages.create({ ...hello, max_tokens: 4 })).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 4 } });
    expect(await client.messages.create({ ...hello, stop_sequences: ['simulator'] })).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'simulator' });
  });

  test('streams the same, a ping after the first block begins', async () => {
    const whole = await client.messages.create(hello);
    const events = await allOf(await client.messages.create({ ...hello, stream: true }));
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['message_start', 'content_block_start']);
    const streamed = await client.messages.stream(hello).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage).toMatchObject(whole.usage);
    const raw = await fetch(`${simulator.origin}/v1/messages`, {
      method: 'POST', headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }, body: JSON.stringify({ ...hello, stream: true }),
    });
    const text = await raw.text();
    expect(text.indexOf('event: ping')).toBeGreaterThan(text.indexOf('event: content_block_start'));
    expect(text).toMatch(/event: message_stop\ndata: \{"type":"message_stop" *\}\n\n$/);
  });

  test('a loop of tools with a signed thought', async () => {
    const asked = { ...hello, thinking: { type: 'enabled' as const, budget_tokens: 1_024 }, tools };
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Use get_weather and get_traffic for Rome.' }];
    const first = await client.messages.stream({ ...asked, messages }).finalMessage();
    expect(first.stop_reason).toBe('tool_use');
    expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use', 'tool_use']);
    const calls = first.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['get_weather', { city: 'simulated' }], ['get_traffic', { city: 'simulated' }],
    ]);
    const results = calls.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'fine' }));
    const history: Anthropic.MessageParam[] = [...messages, { role: 'assistant', content: first.content }, { role: 'user', content: results }];
    expect(await client.messages.create({ ...asked, messages: history })).toMatchObject({ stop_reason: 'end_turn' });

    const lost = await errorOf(client.messages.create({ ...asked, messages: [...messages, { role: 'assistant', content: first.content }, { role: 'user', content: 'x' }] }));
    expect(lost).toMatchObject({ status: 400, message: expect.stringContaining('`tool_use` ids were found without `tool_result` blocks') });
    const forged = first.content.map((block) => (block.type === 'thinking' ? { ...block, signature: 'c29tZSBvdGhlcg==' } : block));
    const error = await errorOf(client.messages.create({ ...asked, messages: [...messages, { role: 'assistant', content: forged }, { role: 'user', content: results }] }));
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining('Invalid `signature`') });
  });

  test('what is marked is written to the cache, then read', async () => {
    const system = [{ type: 'text' as const, text: promptOfTokens(1_500), cache_control: { type: 'ephemeral' as const } }];
    const usageOf = async () => (await client.messages.create({ ...hello, system })).usage;
    const [first, second] = [await usageOf(), await usageOf()];
    expect(first.cache_creation_input_tokens).toBe(1_500);
    expect(second.cache_read_input_tokens).toBe(1_500);
    expect(second.input_tokens).toBe(first.input_tokens);
  });

  test('tokens are counted without a maximum, and without being charged', async () => {
    const { messages } = hello;
    expect(await client.messages.countTokens({ model: 'narrow', messages })).toEqual({ input_tokens: 9 });
    expect(await client.messages.countTokens({ model: 'narrow', messages })).toEqual({ input_tokens: 9 });
    expect(simulator.calls().filter(({ model, charged }) => model === 'narrow' && charged)).toEqual([]);
  });
});

describe('errors are typed', () => {
  test('by their status', async () => {
    expect(await errorOf(clientOf('sk-invalid').messages.create(hello))).toBeInstanceOf(AuthenticationError);
    expect(await errorOf(client.messages.create({ ...hello, model: 'no-such-model' }))).toBeInstanceOf(NotFoundError);
    const { model, messages } = hello;
    const error = await errorOf(client.post('/v1/messages', { body: { model, messages } }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ error: { type: 'error', error: { type: 'invalid_request_error', message: 'max_tokens: Field required' } } });
    simulator.script([{ when: {}, fault: { kind: 'status', status: 529 } }]);
    const overloaded = await errorOf(client.messages.create(hello));
    simulator.script([]);
    expect(overloaded).toBeInstanceOf(InternalServerError);
    expect(overloaded).toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
  });

  test('at a limit, with the time to come back and what is left', async () => {
    const { response } = await client.messages.create({ ...hello, model: 'narrow' }).withResponse();
    expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0');
    expect(response.headers.get('anthropic-ratelimit-input-tokens-limit')).toBe('1000');
    expect(response.headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const error = await errorOf(client.messages.create({ ...hello, model: 'narrow' }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error instanceof RateLimitError && error.headers.get('retry-after')).toBe('60');
  });

  test('in the middle of a stream', async () => {
    simulator.script([{ when: {}, fault: { kind: 'error_in_stream', afterEvents: 4 } }]);
    const error = await errorOf(client.messages.stream(hello).finalMessage());
    simulator.script([]);
    expect(error).toMatchObject({ error: { error: { type: 'overloaded_error' } } });
  });
});

test('Claude on Vertex is addressed by project and place, and signed for with a token', async () => {
  const authClient = new OAuth2Client({ credentials: { access_token: 'ya29.token' } });
  const vertex = new AnthropicVertex({ baseURL: `${simulator.origin}/v1`, region: 'us-east5', projectId: 'p', authClient, maxRetries: 0 });
  const answer = await vertex.messages.create(hello);
  expect(answer.id).toMatch(/^msg_vrtx_/);
  const streamed = await vertex.messages.stream(hello).finalMessage();
  expect(streamed.content).toEqual(answer.content);
  simulator.script([{ when: {}, fault: { kind: 'throttle' } }]);
  const error = await errorOf(vertex.messages.create(hello));
  simulator.script([]);
  expect(error).toBeInstanceOf(RateLimitError);
});
