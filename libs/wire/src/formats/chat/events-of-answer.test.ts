import { expect, test } from 'vitest';
import { accumulate, NOTHING_SEEN } from '../../leaf/seen.ts';
import { readChatEvent } from './events.ts';
import { chatEventsOf } from './events-of-answer.ts';

const ANSWER = {
  id: 'chatcmpl-1', object: 'chat.completion', created: 7, model: 'm', system_fingerprint: 'fp',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'hé' }, finish_reason: 'stop', logprobs: null },
    { index: 1, message: { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }] }, finish_reason: 'tool_calls' },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

test('a whole answer is the events of a stream that says the same', () => {
  const events = chatEventsOf(Buffer.from(JSON.stringify(ANSWER)));
  expect(events.at(-1)?.toString()).toBe('data: [DONE]\n\n');
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.toString().slice('data: '.length)) as { choices: unknown[]; usage?: unknown; id: string; object: string });
  expect(chunks.every(({ id, object }) => id === 'chatcmpl-1' && object === 'chat.completion.chunk')).toBe(true);
  expect(chunks.map(({ choices }) => choices[0])).toMatchObject([
    { index: 0, delta: { role: 'assistant', content: 'hé' }, finish_reason: null }, { index: 0, delta: {}, finish_reason: 'stop' },
    { index: 1, delta: { tool_calls: [{ index: 0, id: 'call_1' }] }, finish_reason: null }, { index: 1, delta: {}, finish_reason: 'tool_calls' },
  ]);
  expect(chunks.map(({ usage }) => usage)).toEqual([undefined, undefined, undefined, ANSWER.usage]);
  const seen = events.map(readChatEvent).reduce(accumulate, NOTHING_SEEN);
  expect(seen).toMatchObject({ finished: true, terminated: true, usage: { inputTokens: 3, outputTokens: 2 } });
});

test.each(['', '[]', '<html>', '{"error":{}}'])('%s is no answer', (text) => {
  expect(chatEventsOf(Buffer.from(text))).toEqual([]);
});
