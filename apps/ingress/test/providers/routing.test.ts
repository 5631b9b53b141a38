/** Models that no resource names: by the provider before a slash, by a known beginning, and those that servers of one's own list. */
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, type System } from '../system.ts';
import { startEveryProvider } from './every-provider.ts';
import { ROWS } from './rows.ts';

let system: System;
beforeAll(async () => { system = await startEveryProvider(); });
afterAll(() => system?.stop());

async function wayOf(model: string): Promise<readonly (string | null)[]> {
  const response = await system.chat({ model, messages: [{ role: 'user', content: 'hello' }] });
  expect(await response.text()).toContain('"object":"chat.completion"');
  return ['provider', 'model'].map((name) => response.headers.get(`x-sluice-${name}`));
}

test.each(ROWS.filter(({ name, provider }) => name === provider))('$provider/model names the provider', async ({ provider, model }) => {
  expect(await wayOf(`${provider}/${model}`)).toEqual([provider, model]);
});

test.each([
  ['gpt-4o-mini', 'openai'], ['o3-mini', 'openai'], ['claude-sonnet-4-5', 'anthropic'], ['gemini-2.5-flash', 'gemini'], ['llama-3.3-70b-versatile', 'groq'],
  ['mixtral-8x7b', 'groq'], ['mistral-small-latest', 'mistral'], ['codestral-latest', 'mistral'], ['sonar-pro', 'perplexity'], ['deepseek-chat', 'deepseek'],
  ['grok-4', 'xai'], ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws-bedrock'], ['amazon.nova-lite-v1:0', 'aws-bedrock'],
])('%s alone goes to %s', async (model, provider) => {
  expect(await wayOf(model)).toEqual([provider, model]);
});

test('what the compatible surface of Gemini cannot carry goes to its own, under the same name', async () => {
  const sent = () => JSON.parse(system.simulators[0]?.bodies().at(-1) ?? '{}') as Readonly<Record<string, unknown>>;
  expect(await wayOf('gemini')).toEqual(['gemini', 'gemini-2.5-flash']);
  expect(sent()).toHaveProperty('messages');
  const file = { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${Buffer.from('%PDF-1.4').toString('base64')}` } };
  for (const stream of [false, true]) {
    const response = await system.chat({ model: 'gemini', stream, messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }, file] }] });
    expect(await response.text()).toContain(stream ? '"object":"chat.completion.chunk"' : '"object":"chat.completion"');
    expect(sent()).toHaveProperty('contents');
  }
});

test('a name that nobody knows is refused', async () => {
  const response = await system.chat({ model: 'nobody/knows', messages: [{ role: 'user', content: 'hello' }] });
  expect([response.status, response.headers.get('x-sluice-error')]).toEqual([404, 'model_not_found']);
});

test('what a server of one\'s own lists is listed, and can be asked', async () => {
  const listed = async (): Promise<readonly string[]> => {
    const response = await fetch(`${system.url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
    return (await response.json() as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  // The simulator's own; nobody configured it.
  const found = ['ollama', 'lmstudio', 'openai-compatible'].map((provider) => `${provider}/simulator`);
  await waitFor(async () => { const ids = await listed(); return found.every((id) => ids.includes(id)); }, { withinMs: 20_000, what: 'the models of local servers' });
  expect(await listed()).not.toContain('openai/simulator');
  expect(await wayOf('ollama/simulator')).toEqual(['ollama', 'simulator']);
});
