/** Whatever is put in: no pair throws, and what it makes is JSON. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatConverse } from './chat-converse/index.ts';
import { chatGemini } from './chat-gemini/index.ts';
import { chatMessages } from './chat-messages/index.ts';
import { chatResponses } from './chat-responses/index.ts';
import { conversionOf, type Conversion } from './conversion.ts';
import { PLAIN_RULES } from '../leaf/rules.ts';

const PAIRS: readonly (readonly [name: string, pair: Conversion])[] = [
  ['chat → messages', conversionOf(chatMessages)], ['chat → responses', conversionOf(chatResponses)], ['chat → converse', conversionOf(chatConverse)],
  ['chat → gemini', conversionOf(chatGemini)],
];

/** Names that mean something somewhere, so that a random body gets past the first look. */
const NAMES = [
  'messages', 'role', 'content', 'type', 'text', 'tool_calls', 'function', 'name', 'arguments', 'id', 'tool_call_id', 'tools', 'parameters',
  'tool_choice', 'reasoning', 'reasoning_effort', 'reasoning_details', 'response_format', 'json_schema', 'schema', 'image_url', 'url', 'file',
  'file_data', 'stop', 'max_tokens', 'n', 'usage', 'stop_reason', 'output', 'item', 'output_index', 'index', 'delta', 'content_block', 'message', 'toolUse', 'start', 'candidates', 'parts', 'functionCall', 'thoughtSignature', 'contentBlockIndex', 'reasoningContent',
  'response', 'summary', 'encrypted_content', 'call_id', 'thinking', 'signature', 'input', 'partial_json', 'annotations', 'citations', 'error',
];
const WORDS = [
  'user', 'assistant', 'system', 'tool', 'text', 'function', 'custom', 'image_url', 'file', 'input_audio', 'json_schema', 'reasoning.text',
  'reasoning.encrypted', 'message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop',
  'error', 'tool_use', 'thinking', 'redacted_thinking', 'text_delta', 'input_json_delta', 'signature_delta', 'citations_delta',
  'response.created', 'response.output_item.added', 'response.output_text.delta', 'response.function_call_arguments.delta',
  'response.output_item.done', 'response.completed', 'function_call', 'message', 'reasoning', 'output_text', 'data:image/png;base64,AA', 'data:,%',
];
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<unknown>(...WORDS, null, true, false, 0, 1.5, -1, '', '{"a":1.0}', '{', '\ud800'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('json'), { maxKeys: 6 }),
  ),
}));
const body = fc.oneof(
  json.map((value) => JSON.stringify(value)),
  fc.dictionary(fc.constantFrom(...NAMES), json).map((value) => JSON.stringify(value)),
  fc.array(fc.dictionary(fc.constantFrom(...NAMES), json)).map((messages) => JSON.stringify({ messages })),
  fc.string(),
);

describe.each(PAIRS)('%s', (_, pair) => {
  const input = { asked: '{}', model: 'm', id: '0123456789', createdAt: 1, rules: PLAIN_RULES };

  test('a request becomes JSON or is refused, and is never refused where it may be dropped', () =>
    fc.assert(fc.property(body, fc.constantFrom('refuse' as const, 'drop' as const), (text, onUnsupported) => {
      const result = pair.request({ text, model: 'm', onUnsupported, memory: new Map(), rules: PLAIN_RULES });
      if (result.kind === 'converted') expect(JSON.parse(result.body)).toBeTypeOf('object');
      else if (onUnsupported === 'drop') expect(result.path).toBe('');
    })));

  test('an answer becomes JSON', () =>
    fc.assert(fc.property(body, (text) => {
      expect(JSON.parse(pair.response({ ...input, text }).body)).toMatchObject({ object: 'chat.completion' });
    })));

  test('a stream becomes events of JSON with nothing after its end', () =>
    fc.assert(fc.property(fc.array(body), fc.constantFrom(null, 'messageStart', 'contentBlockDelta', 'contentBlockStart', 'messageStop'), (events, nameOfEvent) => {
      const stream = pair.stream(input);
      const sent = [...events.flatMap((data) => stream.take({ name: nameOfEvent, data })), ...stream.end()];
      for (const event of sent) if (event !== 'data: [DONE]\n\n') expect(JSON.parse(event.slice('data: '.length))).toBeTypeOf('object');
      expect(sent.slice(0, -1)).not.toContain('data: [DONE]\n\n');
    })));
});
