/** AWS' SDK talks to the simulator: signed, its streams in binary frames with checksums. */
import {
  BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, InvokeModelCommand,
  InvokeModelWithResponseStreamCommand, ThrottlingException, ValidationException, type ContentBlock, type ConverseCommandInput, type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';
import { allOf, errorOf } from './sdk-client.ts';

let simulator: Simulator;
let client: BedrockRuntimeClient;
const clientOf = (accessKeyId: string, more: { readonly endpoint?: string; readonly secretAccessKey?: string; readonly sessionToken?: string } = {}) => new BedrockRuntimeClient({
  region: 'us-east-1', endpoint: more.endpoint ?? simulator.origin, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: 'secret', ...more },
  // Its own handler speaks HTTP/2, which the simulator does not.
  requestHandler: new NodeHttpHandler({ requestTimeout: 5_000 }),
});

beforeAll(async () => {
  simulator = await startSimulator({
    latencyMs: 0, chunkEveryMs: 0, limits: [{ model: 'narrow', dimension: 'requests', amount: 1, windowMs: 60_000, window: 'sliding' }],
  });
  client = clientOf('AKIATEST');
});
afterAll(() => simulator.stop());

const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const messages: Message[] = [{ role: 'user', content: [{ text: 'hello' }] }];
const toolConfig: ConverseCommandInput['toolConfig'] = {
  tools: ['get_weather', 'get_traffic'].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } },
  })),
};

describe('Converse', () => {
  test('answers', async () => {
    const answer = await client.send(new ConverseCommand({ modelId, messages }));
    expect(answer.output?.message?.content?.[0]?.text).toMatch(/^Hello!/);
    expect(answer).toMatchObject({ stopReason: 'end_turn', metrics: { latencyMs: 40 } });
    expect(answer.usage?.totalTokens).toBe((answer.usage?.inputTokens ?? 0) + (answer.usage?.outputTokens ?? 0));
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(simulator.calls().at(-1)?.model).toBe(modelId);
    expect(simulator.calls().at(-1)?.key).toBe('AKIATEST');
  });

  test('streams the same, the usage after the stop', async () => {
    const whole = await client.send(new ConverseCommand({ modelId, messages }));
    const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages }));
    const events = await allOf(stream ?? []);
    expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')).toBe(whole.output?.message?.content?.[0]?.text);
    expect(events[0]?.messageStart?.role).toBe('assistant');
    expect(events.at(-2)?.messageStop?.stopReason).toBe('end_turn');
    expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
  });

  test('a loop of tools with a signed thought', async () => {
    const asked: Message = { role: 'user', content: [{ text: 'Use get_weather and get_traffic for Rome.' }] };
    const more = { modelId, toolConfig, additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1_024 } } };
    const { stream } = await client.send(new ConverseStreamCommand({ ...more, messages: [asked] }));
    const starts = (await allOf(stream ?? [])).flatMap((event) => event.contentBlockStart?.start?.toolUse?.name ?? []);
    expect(starts).toEqual(['get_weather', 'get_traffic']);
    const first = await client.send(new ConverseCommand({ ...more, messages: [asked] }));
    const answer: Message = { role: 'assistant', content: first.output?.message?.content ?? [] };
    const calls = answer.content?.flatMap(({ toolUse }) => toolUse ?? []) ?? [];
    expect(calls.map(({ input }) => input)).toEqual([{ city: 'simulated' }, { city: 'simulated' }]);
    const results = calls.map(({ toolUseId }): ContentBlock => ({ toolResult: { toolUseId, content: [{ text: 'fine' }] } }));
    const second = await client.send(new ConverseCommand({ ...more, messages: [asked, answer, { role: 'user', content: results }] }));
    expect(second.stopReason).toBe('end_turn');
    const lost = await errorOf(client.send(new ConverseCommand({ ...more, messages: [asked, answer, { role: 'user', content: results.slice(1) }] })));
    expect(lost).toBeInstanceOf(ValidationException);
    expect(lost).toMatchObject({ message: expect.stringContaining('Expected toolResult blocks') });
  });

  test('a forced tool', async () => {
    const answer = await client.send(new ConverseCommand({ modelId, messages, toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'get_traffic' } } } }));
    expect(answer.output?.message?.content?.map(({ toolUse }) => toolUse?.name)).toEqual(['get_traffic']);
  });
});

describe('InvokeModel', () => {
  const body = JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] });
  const parsed = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

  test('speaks Messages', async () => {
    const answer = await client.send(new InvokeModelCommand({ modelId, body }));
    expect(parsed(answer.body)).toMatchObject({ type: 'message', id: expect.stringMatching(/^msg_bdrk_/), stop_reason: 'end_turn' });
  });

  test('streams the events of Messages in frames, without pings, with counts at the end', async () => {
    const answer = await client.send(new InvokeModelWithResponseStreamCommand({ modelId, body }));
    const events = (await allOf(answer.body ?? [])).map((event) => parsed(event.chunk?.bytes ?? new Uint8Array()));
    expect(events[0]).toMatchObject({ type: 'message_start' });
    expect(events.some((event) => (event as { type: string }).type === 'ping')).toBe(false); // every event has a type
    expect(events.at(-1)).toMatchObject({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': { outputTokenCount: expect.any(Number) } });
  });

  test('embeds, for Titan and for Cohere', async () => {
    const titan = await client.send(new InvokeModelCommand({ modelId: 'amazon.titan-embed-text-v2:0', body: JSON.stringify({ inputText: 'a', dimensions: 8 }) }));
    expect(parsed(titan.body)).toMatchObject({ inputTextTokenCount: 1, embedding: expect.any(Array) });
    const cohere = await client.send(new InvokeModelCommand({
      modelId: 'cohere.embed-english-v3', body: JSON.stringify({ texts: ['a', 'b'], input_type: 'search_query', embedding_types: ['float'] }),
    }));
    expect(parsed(cohere.body)).toMatchObject({ response_type: 'embeddings_by_type', texts: ['a', 'b'] });
  });
});

test('where it knows the keys it lets in what is signed by one of them, and nothing else', async () => {
  const strict = await startSimulator({ latencyMs: 0, awsKeys: { AKIATEST: { secret: 'secret' }, ASIATEST: { secret: 'lent', sessionToken: 'token' } } });
  const { origin: endpoint } = strict;
  const ask = (client: BedrockRuntimeClient) => client.send(new ConverseCommand({ modelId, messages }));
  expect((await ask(clientOf('AKIATEST', { endpoint }))).stopReason).toBe('end_turn');
  expect((await ask(clientOf('ASIATEST', { endpoint, secretAccessKey: 'lent', sessionToken: 'token' }))).stopReason).toBe('end_turn');
  const wrong = [
    clientOf('AKIAOTHER', { endpoint }), clientOf('AKIATEST', { endpoint, secretAccessKey: 'guessed' }), clientOf('ASIATEST', { endpoint, secretAccessKey: 'lent' }),
    clientOf('ASIATEST', { endpoint, secretAccessKey: 'lent', sessionToken: 'old' }),
  ];
  for (const client of wrong) expect(await errorOf(ask(client))).toMatchObject({ name: 'UnrecognizedClientException' });
  await strict.stop();
});

describe('errors are typed', () => {
  test('by the type in their header', async () => {
    expect(await errorOf(client.send(new ConverseCommand({ modelId: 'no-such-model', messages })))).toBeInstanceOf(ValidationException);
    expect(await errorOf(clientOf('sk-invalid').send(new ConverseCommand({ modelId, messages })))).toMatchObject({ name: 'UnrecognizedClientException' });
    await client.send(new ConverseCommand({ modelId: 'narrow', messages }));
    expect(await errorOf(client.send(new ConverseCommand({ modelId: 'narrow', messages })))).toBeInstanceOf(ThrottlingException);
  });

  test('in the middle of a stream', async () => {
    simulator.script([{ when: {}, fault: { kind: 'error_in_stream', afterEvents: 3 } }]);
    const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages }));
    const error = await errorOf(allOf(stream ?? []));
    simulator.script([]);
    expect(error).toMatchObject({ name: 'ModelStreamErrorException' });
  });
});
