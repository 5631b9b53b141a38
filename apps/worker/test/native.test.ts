/** Every way to reach a model that is no surface of OpenAI's: Gemini natively, Vertex with Gemini and Claude, Claude in InvokeModel; and embeddings in each. */
import { startSimulator, type Simulator } from '@sluice/testkit';
import { wholeCompletion } from '@sluice/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHarness, type Harness } from './harness.ts';

let simulator: Simulator;
let harness: Harness;

const ROUTES = {
  'Gemini, natively': { connection: 'gemini', name: 'gemini', provider: 'gemini', model: 'gemini-2.5-pro' },
  'Gemini at Vertex': { connection: 'vertex', name: 'vertex', provider: 'vertex', model: 'gemini-2.5-pro' },
  'Claude at Vertex': { connection: 'vertex', name: 'vertex', provider: 'vertex', model: 'claude-sonnet-4-6' },
  'Claude in InvokeModel': { connection: 'invoke', name: 'invoke', provider: 'aws-bedrock-invoke', model: 'anthropic.claude-sonnet-4-6' },
} as const;

beforeAll(async () => {
  simulator = await startSimulator({ limits: [], latencyMs: 2, chunkEveryMs: 1, keepBodies: 100 });
  const root = simulator.url.replace(/\/v1$/, '');
  harness = await startHarness({
    connections: {
      gemini: { baseUrl: `${root}/v1beta/openai`, provider: 'gemini' },
      vertex: { baseUrl: root, provider: 'vertex' },
      invoke: { baseUrl: root, provider: 'aws-bedrock-invoke' },
      bedrock: { baseUrl: root, provider: 'aws-bedrock' },
      openai: { baseUrl: simulator.url, provider: 'openai' },
    },
    credentials: { api_key: 'k', access_token: 'ya29.x', project: 'p', location: 'us-east5', region: 'us-east-1' },
  });
});
afterAll(async () => {
  for (const part of [harness, simulator]) await part.stop();
});

const TOOLS = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } }];
const QUESTION = { role: 'user', content: 'How is the weather in Berlin?' };
/** What the compatible surface of Gemini does not carry, so that it is asked natively. */
const BEYOND = { top_k: 20 };

interface Completion {
  readonly choices: readonly { readonly finish_reason: string; readonly message: { readonly content: string | null; readonly tool_calls?: readonly { readonly id: string }[] } }[];
}

describe.each(Object.entries(ROUTES))('%s', (_, route) => {
  test.each([false, true])('answers a Chat client and calls its tools (streamed: %s)', async (stream) => {
    const ask = async (body: object) => {
      const job = await harness.submit({ stream, routes: [route] }, { model: 'smart', stream, ...BEYOND, ...body });
      const { body: answer, end } = await harness.answerOf(job);
      expect(end).toMatchObject({ state: 'completed', error: null, usage: { source: 'provider' } });
      const chunks = answer.split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => event.slice('data: '.length));
      return (JSON.parse(stream ? wholeCompletion(chunks) : answer) as Completion).choices[0];
    };
    expect(await ask({ messages: [QUESTION] })).toMatchObject({ finish_reason: 'stop', message: { content: expect.stringMatching(/./) as string } });
    const called = await ask({ messages: [QUESTION], tools: TOOLS });
    expect(called?.finish_reason).toBe('tool_calls');
    const results = (called?.message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'sunny' }));
    expect(await ask({ messages: [QUESTION, { role: 'assistant', ...called?.message }, ...results], tools: TOOLS })).toMatchObject({ message: { content: expect.anything() as string } });
  });

  test('is handed on what of the client’s headers means something to it, and nothing else', async () => {
    const clientHeaders = { 'anthropic-beta': 'context-1m-2025-08-07', 'openai-beta': 'x' };
    const job = await harness.submit({ routes: [route], clientHeaders }, { model: 'smart', ...BEYOND, messages: [QUESTION] });
    expect((await harness.answerOf(job)).end).toMatchObject({ state: 'completed' });
    if (route.provider === 'aws-bedrock-invoke') expect(simulator.bodies().at(-1)).toContain('"anthropic_beta":["context-1m-2025-08-07"]');
  });
});

describe('embeddings', () => {
  const model = (connection: string, provider: string, name: string) => ({ connection, name: connection, provider, model: name });
  const ROWS = [
    model('openai', 'openai', 'text-embedding-3-small'), model('gemini', 'gemini', 'gemini-embedding-001'), model('vertex', 'vertex', 'text-embedding-005'),
    model('bedrock', 'aws-bedrock', 'amazon.titan-embed-text-v2:0'), model('bedrock', 'aws-bedrock', 'cohere.embed-v4:0'),
    model('invoke', 'aws-bedrock-invoke', 'amazon.nova-2-multimodal-embeddings-v1:0'),
  ];

  test.each(ROWS)('$provider, $model: the same vector in either encoding', async (route) => {
    const ask = async (format: string) => {
      const job = await harness.submit({ endpoint: 'embeddings', routes: [route] }, { model: 'smart', input: 'hello', dimensions: 4, encoding_format: format });
      const { body, end } = await harness.answerOf(job);
      expect(end).toMatchObject({ state: 'completed', error: null });
      return JSON.parse(body) as { readonly data: readonly [{ readonly embedding: readonly number[] | string }] };
    };
    const [float, base64] = [await ask('float'), await ask('base64')];
    const packed = Buffer.from(String(base64.data[0].embedding), 'base64');
    expect(float.data[0].embedding).toEqual([0, 4, 8, 12].map((at) => packed.readFloatLE(at)));
  });

  test('a model that embeds nothing refuses by the field', async () => {
    const job = await harness.submit({ endpoint: 'embeddings', routes: [ROUTES['Claude at Vertex']] }, { model: 'smart', input: 'hello' });
    expect((await harness.answerOf(job)).end).toMatchObject({ state: 'failed', error: { code: 'invalid_request', param: 'model' } });
  });
});
