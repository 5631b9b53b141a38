/** Recordings arrive byte by byte as they were, whether they are the project's fixtures or the shared ones. */
import { request } from 'node:http';
import OpenAI, { APIError, RateLimitError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  loadExchanges, loadFixtures, parseExchange, RECORDING_HEADER, startSimulator, type Exchange, type Simulator,
} from '../src/index.ts';

const fixtures = await loadFixtures('chat');
const shared = await loadExchanges({ provider: 'openai', wire: 'chat_completions' });
const others = await Promise.all(
  ['groq', 'mistral', 'openrouter', 'perplexity'].map((provider) => loadExchanges({ provider, wire: 'chat_completions' }))
);

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ recordings: fixtures });
});
afterAll(() => simulator.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function play(exchange: Exchange, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = simulator.url.replace(/\/v1$/, exchange.request.path);
    const all = { authorization: 'Bearer sk-test', 'content-type': 'application/json', ...headers };
    const req = request(url, { method: exchange.request.method, agent: false, headers: all });
    req.once('error', reject);
    req.once('response', (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.once('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }));
      res.once('error', reject);
    });
    req.end(exchange.request.bodyText ?? '');
  });
}

const OF_THE_CONNECTION = ['transfer-encoding', 'content-length', 'content-encoding', 'connection', 'keep-alive'];

async function expectReplayed(exchange: Exchange): Promise<void> {
  const answer = await play(exchange);
  expect(answer.status).toBe(exchange.response.status);
  expect(answer.body.equals(exchange.response.body)).toBe(true);
  for (const [name, value] of Object.entries(exchange.response.headers)) {
    if (!OF_THE_CONNECTION.includes(name)) expect(answer.headers[name], name).toBe(value);
  }
  expect(simulator.received().at(-1)).toMatchObject({
    exchange: { id: exchange.id }, path: exchange.request.path, bodyText: exchange.request.bodyText ?? '',
  });
}

describe('the fixtures of the project', () => {
  test('are there', () => expect(fixtures.length).toBeGreaterThanOrEqual(12));

  test.each(fixtures.map((exchange) => [exchange.id, exchange] as const))('%s', async (_id, exchange) => {
    simulator.replay(exchange);
    await expectReplayed(exchange);
    const byHeader = await play(exchange, { [RECORDING_HEADER]: `${exchange.id}.json` });
    expect(byHeader.body.equals(exchange.response.body)).toBe(true);
  });

  test('are played in the order of the queue, torn apart as asked', async () => {
    const [first, second] = fixtures;
    if (!first || !second) throw new Error('there are no fixtures');
    simulator.replay(first, { pieceBytes: 7, pieceEveryMs: 0 });
    simulator.replay(second);
    await expectReplayed(first);
    await expectReplayed(second);
  });

  test('an unknown name is refused', async () => {
    const [first] = fixtures;
    if (!first) throw new Error('there are no fixtures');
    expect((await play(first, { [RECORDING_HEADER]: 'nothing' })).status).toBe(400);
  });

  test('a cut by the script meets a recording as well', async () => {
    const exchange = fixtures.find(({ id }) => id === 'chat/stream');
    if (!exchange) throw new Error('there is no chat/stream');
    simulator.script([{ when: {}, fault: { kind: 'cut', atByte: 100 } }]);
    simulator.replay(exchange);
    await expect(play(exchange)).rejects.toMatchObject({ code: 'ECONNRESET' });
    simulator.script([]);
  });
});

describe('the SDK understands the fixtures', () => {
  const named = (name: string) => new OpenAI({
    apiKey: 'sk-test', baseURL: simulator.url, maxRetries: 0, defaultHeaders: { [RECORDING_HEADER]: `chat/${name}` },
  });
  const asked = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'x' }] };

  test.each(['plain', 'tools', 'parallel_tools', 'json_schema'])('%s', async (name) => {
    const answer = await named(name).chat.completions.create(asked);
    expect(answer.choices[0]?.finish_reason).toMatch(/stop|tool_calls/);
  });

  test.each(['stream', 'stream_usage', 'stream_tools'])('%s', async (name) => {
    const answer = await named(name).chat.completions.stream(asked).finalChatCompletion();
    expect(answer.choices[0]?.finish_reason).toMatch(/stop|tool_calls/);
  });

  test('errors', async () => {
    for (const status of [400, 401, 404, 429, 500]) {
      await expect(named(`error_${status}`).chat.completions.create(asked)).rejects.toMatchObject({ status });
    }
    await expect(named('error_429').chat.completions.create(asked)).rejects.toThrow(RateLimitError);
    const heard: string[] = [];
    const broken = async (): Promise<void> => {
      const stream = await named('stream_error_midway').chat.completions.create({ ...asked, stream: true });
      for await (const chunk of stream) heard.push(chunk.id);
    };
    await expect(broken()).rejects.toThrow(APIError);
    expect(heard.length).toBeGreaterThan(1);
  });
});

describe('the shared recordings', () => {
  const present = [shared, ...others].flatMap(({ exchanges }) => exchanges ?? []);

  test.skipIf(present.length === 0)('are loaded by provider and wire', () => {
    expect(shared.exchanges?.length).toBeGreaterThanOrEqual(50);
    const kinds = new Set(shared.exchanges?.map(({ provider, wire }) => `${provider}/${wire}`));
    expect(kinds).toEqual(new Set(['openai/chat_completions']));
  });

  test.each(present.map((exchange) => [exchange.id, exchange] as const))('%s', async (_id, exchange) => {
    simulator.replay(exchange, exchange.stream ? { pieceBytes: 1_000, pieceEveryMs: 0 } : {});
    await expectReplayed(exchange);
  });
});

test('an absent folder has a reason', async () => {
  const { exchanges, reason } = await loadExchanges({ folder: '/nowhere/at/all' });
  expect(exchanges).toBeUndefined();
  expect(reason).toContain('/nowhere/at/all');
});

test('a file that is no exchange is named', () => {
  expect(() => parseExchange('{"request":{}}', 'a/b')).toThrow('a/b');
});
