/** Google's SDK talks to the simulator: Gemini by a key, Vertex by its paths. */
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, type Content } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';
import { allOf, errorOf } from './sdk-client.ts';

let simulator: Simulator;
let client: GoogleGenAI;

beforeAll(async () => {
  simulator = await startSimulator({
    latencyMs: 0, chunkEveryMs: 0,
    limits: [{ model: 'narrow', dimension: 'requests', amount: 1, windowMs: 60_000, window: 'sliding' }],
  });
  client = new GoogleGenAI({ apiKey: 'AIza-test', httpOptions: { baseUrl: simulator.origin } });
});
afterAll(() => simulator.stop());

const parametersJsonSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ functionDeclarations: ['get_weather', 'get_traffic'].map((name) => ({ name, parametersJsonSchema })) }];
const model = 'gemini-2.5-flash';

describe('generateContent', () => {
  test('answers', async () => {
    const answer = await client.models.generateContent({ model, contents: 'hello' });
    expect(answer.text).toMatch(/^Hello!/);
    expect(answer.candidates?.[0]).toMatchObject({ finishReason: 'STOP', content: { role: 'model' } });
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = answer.usageMetadata ?? {};
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
  });

  test('streams the same, its usage in every chunk', async () => {
    const whole = await client.models.generateContent({ model, contents: 'hello', config: { maxOutputTokens: 6 } });
    const chunks = await allOf(await client.models.generateContentStream({ model, contents: 'hello', config: { maxOutputTokens: 6 } }));
    expect(chunks.map(({ text }) => text).join('')).toBe(whole.text);
    expect(chunks.every(({ usageMetadata }) => usageMetadata !== undefined)).toBe(true);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
  });

  test('without alt=sse the stream is one JSON array', async () => {
    const answer = await fetch(`${simulator.origin}/v1beta/models/${model}:streamGenerateContent?key=k`, {
      method: 'POST', body: JSON.stringify({ contents: [{ parts: [{ text: 'hello' }] }] }),
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    const chunks: unknown = await answer.json();
    expect(Array.isArray(chunks) && chunks.length).toBeGreaterThan(3);
  });

  test('a loop of tools: two calls, the first of them signed', async () => {
    const contents: Content[] = [{ role: 'user', parts: [{ text: 'Use get_weather and get_traffic for Rome.' }] }];
    const config = { tools, thinkingConfig: { includeThoughts: true } };
    const first = await client.models.generateContent({ model, contents, config });
    expect(first.functionCalls?.map(({ name, args }) => [name, args])).toEqual([
      ['get_weather', { city: 'simulated' }], ['get_traffic', { city: 'simulated' }],
    ]);
    const parts = first.candidates?.[0]?.content?.parts ?? [];
    expect(parts.map((part) => [part.thought ?? false, part.thoughtSignature !== undefined])).toEqual([[true, false], [false, true], [false, false]]);
    expect(first.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
    const results = (first.functionCalls ?? []).map(({ name = '', id = '' }) => ({ functionResponse: { name, id, response: { output: 'fine' } } }));
    const history = [...contents, { role: 'model', parts }, { role: 'user', parts: results }];
    const second = await client.models.generateContent({ model, contents: history, config });
    expect(second.text).toContain('simulator');

    const forged = parts.map((part) => (part.thoughtSignature ? { ...part, thoughtSignature: 'c29tZSBvdGhlcg==' } : part));
    const error = await errorOf(client.models.generateContent({ model, contents: [contents[0] ?? {}, { role: 'model', parts: forged }, { role: 'user', parts: results }], config }));
    expect(error).toMatchObject({ status: 400 });
    const fewer = await errorOf(client.models.generateContent({ model, contents: [...history.slice(0, 2), { role: 'user', parts: results.slice(1) }], config }));
    expect(fewer).toMatchObject({ message: expect.stringContaining('number of function response parts') });
  });

  test('a tool is called when it must be, and JSON keeps to its schema', async () => {
    const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_traffic'] } };
    const forced = await client.models.generateContent({ model, contents: 'hello', config: { tools, toolConfig } });
    expect(forced.functionCalls?.map(({ name }) => name)).toEqual(['get_traffic']);
    const answer = await client.models.generateContent({
      model, contents: 'hello', config: { responseMimeType: 'application/json', responseJsonSchema: parametersJsonSchema },
    });
    expect(JSON.parse(answer.text ?? '')).toEqual({ city: 'simulated' });
  });

  test('counts and embeds', async () => {
    expect(await client.models.countTokens({ model, contents: 'hello' })).toMatchObject({ totalTokens: 9 });
    const answer = await client.models.embedContent({ model: 'gemini-embedding-001', contents: ['a', 'b'], config: { outputDimensionality: 8 } });
    expect(answer.embeddings?.map(({ values }) => values?.length)).toEqual([8, 8]);
  });
});

describe('errors', () => {
  const statusOf = async (promise: Promise<unknown>) => {
    const error = await errorOf(promise);
    return error instanceof ApiError ? error.status : undefined;
  };

  test('have the statuses and words of Google', async () => {
    const invalid = new GoogleGenAI({ apiKey: 'sk-invalid', httpOptions: { baseUrl: simulator.origin } });
    expect(await statusOf(invalid.models.generateContent({ model, contents: 'x' }))).toBe(400);
    expect(await statusOf(client.models.generateContent({ model: 'no-such-model', contents: 'x' }))).toBe(404);
  });

  test('say at a limit when to come back, in their details', async () => {
    const ask = () => fetch(`${simulator.origin}/v1beta/models/narrow:generateContent`, {
      method: 'POST', headers: { 'x-goog-api-key': 'k' }, body: JSON.stringify({ contents: [{ parts: [{ text: 'x' }] }] }),
    });
    await ask();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      error: {
        code: 429, status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure' }, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '60s' }],
      },
    });
  });
});

test('Vertex has the same under its own paths, and lists errors of streams', async () => {
  const url = (action: string) => `${simulator.origin}/v1/projects/p/locations/us-central1/publishers/google/models/${action}`;
  const post = (action: string, body: object, token = 'ya29.token') =>
    fetch(url(action), { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];
  expect(await (await post(`${model}:generateContent`, { contents })).json()).toMatchObject({ candidates: [{ finishReason: 'STOP' }] });
  const embedded = await post('text-embedding-005:predict', { instances: [{ content: 'a' }], parameters: { outputDimensionality: 8 } });
  expect(await embedded.json()).toMatchObject({ predictions: [{ embeddings: { statistics: { token_count: 1 } } }] });
  const refused = await post(`${model}:streamGenerateContent?alt=sse`, { contents }, 'sk-invalid');
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject([{ error: { status: 'UNAUTHENTICATED' } }]);
});
