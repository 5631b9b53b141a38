import { expect, test } from 'vitest';
import { readChatRequest } from './schema.ts';

const hello = { model: 'fast', messages: [{ role: 'user', content: 'hello' }] };
const refusal = (body: unknown) => {
  const read = readChatRequest(body);
  return read.kind === 'refused' ? read : undefined;
};

test('what the door needs is read from the body', () => {
  const read = readChatRequest({ ...hello, stream: true, max_tokens: 10, max_completion_tokens: 20, n: 3, service_tier: 'flex' });
  expect(read).toMatchObject({
    kind: 'request', request: { model: 'fast', stream: true, maximumOutputTokens: 20, choices: 3, serviceTier: 'flex' },
  });
});

test('what is not said has its neutral value', () => {
  expect(readChatRequest(hello)).toMatchObject({
    kind: 'request', request: { stream: false, maximumOutputTokens: null, choices: 1, serviceTier: null },
  });
});

test.each([
  [null, null, 'the body must be a JSON object'],
  [[], null, 'the body must be a JSON object'],
  [{}, 'model', 'model: is required'],
  [{ model: 'fast' }, 'messages', 'messages: is required'],
  [{ ...hello, model: 7 }, 'model', 'model: expected the name of a model, at most 512 characters, received the number 7'],
  [{ ...hello, messages: [] }, 'messages', 'messages: expected an array of at least one message, received an empty array'],
  [{ ...hello, messages: 'hi' }, 'messages', 'messages: expected an array of at least one message, received a string'],
  [{ ...hello, messages: [null] }, 'messages[0]', 'messages[0]: expected an object, received null'],
  [{ ...hello, messages: [{ content: 'x' }] }, 'messages[0].role', 'messages[0].role: is required'],
  [{ ...hello, messages: [...hello.messages, { role: 'user', content: 1 }] }, 'messages[1].content',
    'messages[1].content: expected a string or an array of parts, received the number 1'],
  [{ ...hello, messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text', 'messages[0].content[0].text: is required'],
  [{ ...hello, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 1 } }] }] }, 'messages[0].content[0].image_url.url', undefined],
  [{ ...hello, messages: [{ role: 'assistant', tool_calls: [{ function: { arguments: '{}' } }] }] }, 'messages[0].tool_calls[0].function.name', undefined],
  [{ ...hello, temperature: 'hot' }, 'temperature', 'temperature: expected a number from 0 to 2, received a string'],
  [{ ...hello, temperature: 2.1 }, 'temperature', 'temperature: expected a number from 0 to 2, received the number 2.1'],
  [{ ...hello, max_tokens: 0 }, 'max_tokens', undefined],
  [{ ...hello, max_tokens: 1e300 }, 'max_tokens', undefined],
  [{ ...hello, n: 1.5 }, 'n', undefined],
  [{ ...hello, stream: 'true' }, 'stream', 'stream: expected true or false, received a string'],
  [{ ...hello, stop: [1] }, 'stop[0]', undefined],
  [{ ...hello, logit_bias: { 50256: 'x' } }, 'logit_bias.50256', undefined],
  [{ ...hello, tools: [{ type: 'function' }] }, 'tools[0].function', 'tools[0].function: is required'],
  [{ ...hello, tools: [{ type: 'function', function: { name: '' } }] }, 'tools[0].function.name', undefined],
  [{ ...hello, tool_choice: 1 }, 'tool_choice', undefined],
  [{ ...hello, response_format: { type: 'json_schema' } }, 'response_format.json_schema', undefined],
  [{ ...hello, metadata: { a: 1 } }, 'metadata.a', undefined],
  [{ ...hello, metadata: { 'a\r\nb': 1 } }, 'metadata.a??b', undefined],
])('%j is refused at %s', (body, param, message) => {
  const refused = refusal(body);
  expect(refused?.param).toBe(param);
  if (message !== undefined) expect(refused?.message).toBe(message);
});

test.each([
  [{ ...hello, never_heard_of: { deep: [1] } }],
  [{ ...hello, messages: [{ role: 'narrator', lines: 3 }] }],
  [{ ...hello, messages: [{ role: 'user', content: [{ type: 'hologram', data: 1 }] }] }],
  [{ ...hello, messages: [{ role: 'user', content: [{ type: 'constructor' }] }] }],
  [{ ...hello, messages: [{ role: 'toString', content: 1 }] }],
  [{ ...hello, messages: [{ role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] }] }],
  [{ ...hello, tools: [{ type: 'openrouter:web_search', parameters: {} }] }],
  [{ ...hello, tools: [{ function: { name: 'f' } }] }],
  [{ ...hello, service_tier: 'somebody-elses', reasoning_effort: 'heroic' }],
  [{ ...hello, temperature: null, n: null, tools: null, stop: null, stream: null, response_format: null }],
])('%j passes, for a provider may know it', (body) => {
  expect(refusal(body)).toBeUndefined();
});
