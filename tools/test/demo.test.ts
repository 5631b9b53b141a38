/** The demo as a newcomer starts it: its `smart` goes on at a provider of another format when the first one fails. */
import { afterEach, expect, test } from 'vitest';
import { DEMO_KEY } from '../src/demo.ts';
import { cleanUp, install, READY, simulatorOf } from './installation.ts';

afterEach(cleanUp);

interface Completion {
  readonly object: string;
  readonly model: string;
  readonly choices: readonly { readonly finish_reason: string; readonly message: { readonly content: string } }[];
}

test('smart falls back across formats, whole and streamed', { timeout: 120_000 }, async () => {
  const installation = await install();
  await installation.printed(READY);
  const ask = (stream: boolean) => fetch(`${installation.url}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'smart', stream, messages: [{ role: 'user', content: 'hello' }] }),
  });
  const way = ({ headers }: Response) => ['provider', 'model', 'attempts'].map((name) => headers.get(`x-sluice-${name}`));

  const first = await ask(false);
  expect(way(first)).toEqual(['openai-compatible', 'gpt-4o', '1']);
  await first.arrayBuffer();

  const script = [{ when: { model: 'gpt-4o' }, fault: { kind: 'status', status: 503 } }];
  expect((await fetch(`${simulatorOf(installation)}/script`, { method: 'POST', body: JSON.stringify(script) })).status).toBe(200);
  const whole = await ask(false);
  expect(way(whole)).toEqual(['anthropic', 'claude-sonnet-4-6', '2']);
  expect(await whole.json() as Completion).toMatchObject({
    object: 'chat.completion', model: 'claude-sonnet-4-6', choices: [{ finish_reason: 'stop', message: { content: expect.stringContaining('Hello') } }],
  });
  const streamed = await ask(true);
  expect(way(streamed).slice(0, 2)).toEqual(['anthropic', 'claude-sonnet-4-6']);
  const text = await streamed.text();
  expect(text).toContain('"object":"chat.completion.chunk"');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});
