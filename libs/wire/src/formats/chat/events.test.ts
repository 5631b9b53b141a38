import { expect, test } from 'vitest';
import { accumulate, NOTHING_SEEN, outputEstimate } from '../../leaf/seen.ts';
import { readChatEvent } from './events.ts';
import { readChatAnswer } from './seen.ts';

const event = (data: unknown, name?: string): Buffer =>
  Buffer.from(`${name ? `event: ${name}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
const delta = (content: string, more: object = {}) => event({ choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });
const seenOf = (...events: Buffer[]) => events.map(readChatEvent).reduce(accumulate, NOTHING_SEEN);

test('the terminator is known by its data, not by a text that quotes it', () => {
  expect(readChatEvent(event('[DONE]')).kind).toBe('terminator');
  expect(readChatEvent(Buffer.from('data:[DONE]\r\n\r\n')).kind).toBe('terminator');
  expect(readChatEvent(Buffer.from('data: [DONE] \n')).kind).toBe('terminator');
  expect(readChatEvent(delta('[DONE]')).kind).toBe('chunk');
});

test('comments and names without data are nothing for the client', () => {
  for (const text of [': OPENROUTER PROCESSING\n\n', ': data: x\n\n', '\n', 'event: ping\n\n']) {
    expect(readChatEvent(Buffer.from(text)), text).toEqual({ kind: 'comment' });
  }
});

test('usage null in every chunk is no usage; the last one given stands, and repeats are not added', () => {
  const usage = { prompt_tokens: 52, completion_tokens: 21, total_tokens: 73, prompt_tokens_details: { cached_tokens: 7 } };
  const seen = seenOf(
    delta('a', { usage: null }),
    event({ choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { usage }, usage }),
    event({ choices: [], usage: { ...usage, completion_tokens: 22, total_tokens: 74 } }),
    event('[DONE]'),
  );
  expect(seen.usage).toEqual({ inputTokens: 52, cachedInputTokens: 7, outputTokens: 22, reasoningTokens: 0, source: 'provider' });
  expect(seen).toMatchObject({ finished: true, terminated: true });
});

test('usage only under x_groq is read too', () => {
  const seen = seenOf(event({ choices: [], x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } }));
  expect(seen.usage).toMatchObject({ inputTokens: 1, outputTokens: 2 });
});

test('an error in the stream is one by its name, by its field, or as an error object; a text about errors is none', () => {
  expect(readChatEvent(event({ error: { message: 'x', code: 400 } })).kind).toBe('error');
  expect(readChatEvent(event({ message: 'x' }, 'error')).kind).toBe('error');
  expect(readChatEvent(event({ object: 'error', message: 'x' })).kind).toBe('error');
  expect(readChatEvent(event({ error: null, choices: [] })).kind).toBe('chunk');
  expect(readChatEvent(delta('{"error": {"message": "quoted"}}')).kind).toBe('chunk');
});

test('a finish reason counts when it is one', () => {
  expect(seenOf(delta('x')).finished).toBe(false);
  expect(seenOf(event({ choices: [{ delta: {}, native_finish_reason: 'stop', finish_reason: null }] })).finished).toBe(false);
  expect(seenOf(event('{"choices":[{"delta":{},"finish_reason" : "length"}]}')).finished).toBe(true);
});

test('without usage the output is estimated from the text that was seen', () => {
  const call = event({ choices: [{ delta: { tool_calls: [{ function: { arguments: '{"a":1}' } }] } }] });
  const seen = seenOf(delta(''), delta('Hello, '), delta('wörld "quoted"'), call);
  expect(seen.chunks).toBe(3);
  expect(seen.textBytes).toBe(7 + Buffer.byteLength('wörld \\"quoted\\"') + Buffer.byteLength('{\\"a\\":1}'));
  expect(outputEstimate(seen)).toBe(Math.ceil(seen.textBytes / 4));
  expect(outputEstimate(seenOf(delta('a'), delta('b')))).toBe(2);
});

test('text in parts is counted once', () => {
  const parts = event({ choices: [{ delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Okay' }] }] } }] });
  expect(readChatEvent(parts)).toMatchObject({ kind: 'chunk', textBytes: 4 });
});

test('an answer in one piece: its usage, an error under 200, and what is no JSON', () => {
  const answer = { choices: [{ message: { content: 'hello' } }], usage: { prompt_tokens: 3, completion_tokens: 1 } };
  const good = readChatAnswer(Buffer.from(JSON.stringify(answer)));
  expect(good).toMatchObject({ kind: 'answer', seen: { usage: { inputTokens: 3, outputTokens: 1 }, textBytes: 5 } });
  expect(readChatAnswer(Buffer.from('{"error":{"code":502}}'))).toEqual({ kind: 'error', body: { error: { code: 502 } }, usage: null });
  expect(readChatAnswer(Buffer.from('<html>'))).toEqual({ kind: 'error', body: '<html>', usage: null });
});
