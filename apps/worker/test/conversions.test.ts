/** Chat requests answered by providers that speak another format: whole and streamed, a loop of tools with thoughts, fallback, refusals. */
import { startSimulator, type Simulator } from '@sluice/testkit';
import { wholeCompletion } from '@sluice/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHarness, type Harness } from './harness.ts';

interface Completion {
  readonly choices: readonly { readonly message: Message; readonly finish_reason: string }[];
  readonly usage?: { readonly prompt_tokens: number };
}
interface Message {
  readonly content: string | null;
  readonly reasoning?: string;
  readonly reasoning_details?: readonly object[];
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string; readonly arguments: string } }[];
}

let simulator: Simulator;
let harness: Harness;

/** A provider of each format, and a model of it that thinks. */
const PROVIDERS = {
  messages: { provider: 'anthropic', model: 'claude-sonnet-4-6' },
  responses: { provider: 'openai', model: 'gpt-5-codex' },
  converse: { provider: 'aws-bedrock', model: 'anthropic.claude-sonnet-4-6' },
} as const;
type Format = keyof typeof PROVIDERS;

const routeTo = (format: Format) => ({ connection: format, name: format, ...PROVIDERS[format] });

beforeAll(async () => {
  simulator = await startSimulator({ limits: [], latencyMs: 5, chunkEveryMs: 1, keepBodies: 100 });
  const root = simulator.url.replace(/\/v1$/, '');
  harness = await startHarness({
    connections: {
      messages: { baseUrl: simulator.url, provider: 'anthropic' },
      responses: { baseUrl: simulator.url, provider: 'openai' },
      converse: { baseUrl: root, provider: 'aws-bedrock' },
    },
  });
});
afterAll(async () => {
  for (const part of [harness, simulator]) await part.stop();
});

const TOOLS = [{ type: 'function', function: { name: 'weather', description: 'tells it', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } }];
const QUESTION = { role: 'user', content: 'How is the weather in Berlin?' };

async function ask(format: Format, body: object, stream: boolean) {
  const full = { model: 'smart', stream, ...(stream ? { stream_options: { include_usage: true } } : {}), ...body };
  const job = await harness.submit({ stream, routes: [routeTo(format)] }, full);
  const { head, body: answer, end } = await harness.answerOf(job);
  expect(end).toMatchObject({ state: 'completed', error: null, usage: { source: 'provider' } });
  const chunks = answer.split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => event.slice('data: '.length));
  if (stream) expect(answer.endsWith('data: [DONE]\n\n')).toBe(true);
  const completion = JSON.parse(stream ? wholeCompletion(chunks) : answer) as Completion;
  return { head, end, choice: completion.choices[0], usage: completion.usage, sent: simulator.bodies().at(-1) ?? '' };
}

describe.each(Object.keys(PROVIDERS) as Format[])('a provider that speaks %s', (format) => {
  test.each([false, true])('answers a Chat client (streamed: %s) with its counts', async (stream) => {
    const { head, choice, usage, end } = await ask(format, { messages: [QUESTION], temperature: 1.0, seed: 7 }, stream);
    expect(head).toMatchObject({ status: 200, contentType: stream ? 'text/event-stream' : 'application/json' });
    expect(head?.warnings.join()).toContain('seed: left out');
    expect(choice).toMatchObject({ finish_reason: 'stop', message: { content: expect.stringMatching(/./) as string } });
    expect(usage?.prompt_tokens).toBe(end.usage?.inputTokens);
  });

  test.each([false, true])('has its thoughts back in a loop of tools, though the client drops them (streamed: %s)', async (stream) => {
    const thinking = { tools: TOOLS, reasoning_effort: 'high' };
    const first = await ask(format, { messages: [QUESTION], ...thinking }, stream);
    expect(first.choice?.finish_reason).toBe('tool_calls');
    const { content = null, tool_calls: calls = [], reasoning } = first.choice?.message ?? {};
    expect(calls).not.toEqual([]);
    expect(reasoning).not.toBe('');
    const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'sunny' }));
    const second = await ask(format, { messages: [QUESTION, { role: 'assistant', content, tool_calls: calls }, ...results], ...thinking }, stream);
    expect(second.head?.warnings.join()).not.toContain('thoughts');
    expect(second.sent).toMatch(/"signature":|encrypted_content":"/);
  });
});

test('a route that cannot say a request is passed over for one that can', async () => {
  const body = { model: 'smart', messages: [QUESTION], n: 2 };
  const chat = { connection: 'responses', name: 'chat', provider: 'openai', model: 'gpt-4o' };
  const job = await harness.submit({ stream: false, routes: [routeTo('messages'), chat] }, body);
  const { head, end } = await harness.answerOf(job);
  expect(end).toMatchObject({ state: 'completed', route: 1 });
  expect(head).toMatchObject({ route: 1 });
});

test('a request that no route can say is refused with its field, or said without it where that was asked', async () => {
  const body = { model: 'smart', messages: [QUESTION], n: 2 };
  const refused = await harness.answerOf(await harness.submit({ stream: false, routes: [routeTo('messages')] }, body));
  expect(refused.end).toMatchObject({ state: 'failed', error: { code: 'invalid_request', param: 'n' } });
  const dropped = await harness.answerOf(await harness.submit({ stream: false, routes: [routeTo('messages')], onUnsupported: 'drop' }, body));
  expect(dropped.end).toMatchObject({ state: 'completed' });
  expect(dropped.head?.warnings).toContain('n: left out: Messages gives one answer');
});
