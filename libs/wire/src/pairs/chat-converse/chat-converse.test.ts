/** Chat over Converse, by examples of our own. */
import { describe, expect, test } from 'vitest';
import { wholeCompletion } from '../../formats/chat/whole.ts';
import { wholeConverse } from '../../formats/converse/whole.ts';
import { conversionOf } from '../conversion.ts';
import { PLAIN_RULES } from '../../leaf/rules.ts';
import type { AnswerInput, RequestInput } from '../pair.ts';
import { chatConverse } from './index.ts';

const rules = { ...PLAIN_RULES, family: 'anthropic' } as const;

function converted(text: string, more: Partial<RequestInput> = {}) {
  const result = chatConverse.request({ text, model: 'claude', onUnsupported: 'refuse', memory: new Map(), rules, ...more });
  if (result.kind === 'refused') throw new Error(`refused at ${result.path}: ${result.reason}`);
  return { text: result.body, body: JSON.parse(result.body) as Record<string, unknown>, paths: result.warnings.map(({ path }) => path) };
}

describe('a request', () => {
  test('says turns, tools and settings in their places, and numbers as they were written', () => {
    const { body, text, paths } = converted(String.raw`{"model":"x","messages":[
      {"role":"system","content":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]},
      {"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},
      {"role":"assistant","content":"a","tool_calls":[{"id":"c:1","type":"function","function":{"name":"f","arguments":"{\"x\":1.0}"}}]},
      {"role":"tool","tool_call_id":"c:1","content":"r","is_error":true},{"role":"system","content":"later"}],
      "temperature":1.0,"max_tokens":100,"stop":"x","reasoning_effort":"low",
      "tools":[{"type":"function","function":{"name":"f","parameters":{"a":1.0}}}],
      "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"b":1.0}}}}`);
    expect(body['system']).toEqual([{ text: 's' }, { cachePoint: { type: 'default' } }]);
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ text: 'u' }, { image: { format: 'png', source: { bytes: 'AA==' } } }] },
      { role: 'assistant', content: [{ text: 'a' }, { toolUse: { toolUseId: 'call_0', name: 'f', input: { x: 1 } } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'call_0', content: [{ text: 'r' }], status: 'error' } }, { text: 'later' }] },
    ]);
    expect(text).toContain('"input":{"x":1.0}');
    expect(text).toContain('"inputSchema":{"json":{"a":1.0}}');
    expect(text).toContain(String.raw`"schema":"{\"b\":1.0}"`);
    // Thoughts that led to the open call are lost, so that the model must not think now; what it is told to try stays.
    expect(body).toMatchObject({ inferenceConfig: { maxTokens: 100, temperature: 1, stopSequences: ['x'] }, additionalModelRequestFields: { output_config: { effort: 'low' } } });
    expect(paths).toEqual(['messages[4].content', 'reasoning_effort']);
  });

  test.each([
    ['{"type":"image_url","image_url":{"url":"https://a/b.png"}}', 'an image by URL'],
    ['{"type":"file","file":{"file_id":"x"}}', 'a document by id'],
    ['{"type":"hologram"}', 'a part that nobody knows'],
  ])('%s is refused at its path', (part) => {
    const text = `{"messages":[{"role":"user","content":[${part}]}]}`;
    expect(chatConverse.request({ text, model: 'm', onUnsupported: 'refuse', memory: new Map(), rules })).toMatchObject({ kind: 'refused', path: 'messages[0].content[0]' });
    expect(converted(text, { onUnsupported: 'drop' }).paths).toEqual(['messages[0].content[0]']);
  });
});

describe('a stream', () => {
  const EVENTS = ([
    ['messageStart', { role: 'assistant' }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'sig' } } }],
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Hi' } }],
    ['contentBlockStop', { contentBlockIndex: 1 }],
    ['contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'server_1', name: 'search', type: 'server_tool_use' } } }],
    ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"q":1.0}' } } }],
    ['contentBlockStop', { contentBlockIndex: 2 }],
    ['contentBlockStart', { contentBlockIndex: 3, start: { toolUse: { toolUseId: 'tooluse_1', name: 'f' } } }],
    ['contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: '{"x":1.0}' } } }],
    ['contentBlockStop', { contentBlockIndex: 3 }],
    ['messageStop', { stopReason: 'end_turn' }],
    ['metadata', { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 18, cacheReadInputTokens: 3 }, metrics: { latencyMs: 1 } }],
  ] as const).map(([name, event]) => ({ name, data: JSON.stringify({ ...event, p: 'abc' }) }));
  const input: AnswerInput = { asked: '{"stream_options":{"include_usage":true}}', model: 'claude-x', id: '0123456789', createdAt: 1, rules };

  test('says what the whole answer says, with the counts that come after the stop', () => {
    const stream = conversionOf(chatConverse).stream(input);
    const sent = [...EVENTS.flatMap((event) => stream.take(event)), ...stream.end()].map((event) => event.slice(6).trim());
    const whole = chatConverse.response({ ...input, text: wholeConverse(EVENTS) });
    expect(JSON.parse(wholeCompletion(sent.slice(0, -1)))).toEqual(JSON.parse(whole.body));
    expect(stream.remembered()).toEqual([
      { callId: 'tooluse_1', family: 'anthropic', format: 'converse', blocks: '[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}}]' },
    ]);
    expect(JSON.parse(whole.body)).toMatchObject({
      model: 'claude-x',
      choices: [{
        finish_reason: 'tool_calls',
        message: {
          content: 'Hi', reasoning: 'hm', tool_calls: [{ id: 'tooluse_1', function: { arguments: '{"x":1.0}' } }],
          reasoning_details: [{ text: 'hm', signature: 'sig', format: 'anthropic-claude-v1', index: 0 }],
        },
      }],
      usage: { prompt_tokens: 13, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } },
      sluice: { provider_extra: { content: [{ toolUse: { name: 'search', input: { q: 1 } } }] } },
    });
  });
});
