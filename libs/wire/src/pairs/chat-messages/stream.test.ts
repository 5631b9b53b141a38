/** A Messages stream as a Chat stream, by an example of our own. */
import { describe, expect, test } from 'vitest';
import { wholeCompletion } from '../../formats/chat/whole.ts';
import { wholeMessage } from '../../formats/messages/whole.ts';
import { PLAIN_RULES } from '../../leaf/rules.ts';
import type { AnswerInput } from '../pair.ts';
import { chatMessages } from './index.ts';

const input: AnswerInput = {
  asked: '{"stream_options":{"include_usage":true}}', model: 'claude', id: '0123456789', createdAt: 7, rules: { ...PLAIN_RULES, family: 'anthropic' },
};
const block = (index: number, content: object): string => JSON.stringify({ type: 'content_block_start', index, content_block: content });
const delta = (index: number, change: object): string => JSON.stringify({ type: 'content_block_delta', index, delta: change });
const stop = (index: number): string => JSON.stringify({ type: 'content_block_stop', index });

const EVENTS = [
  '{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1}}}',
  block(0, { type: 'thinking', thinking: '', signature: '' }), '{"type":"ping"}',
  delta(0, { type: 'thinking_delta', thinking: 'hm' }), delta(0, { type: 'signature_delta', signature: 'sig' }), stop(0),
  block(1, { type: 'text', text: '' }), delta(1, { type: 'text_delta', text: 'Let me ' }), delta(1, { type: 'text_delta', text: 'look.' }),
  delta(1, { type: 'citations_delta', citation: { type: 'web_search_result_location', url: 'https://a', title: 'A' } }), stop(1),
  block(2, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }), delta(2, { type: 'input_json_delta', partial_json: '{"x":' }),
  delta(2, { type: 'input_json_delta', partial_json: '1.0}' }), stop(2),
  block(3, { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} }), stop(3),
  block(4, { type: 'server_tool_use', id: 's', name: 'search', input: {} }), delta(4, { type: 'input_json_delta', partial_json: '{"q":1.0}' }), stop(4),
  '{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":42,"output_tokens_details":{"thinking_tokens":3}}}',
  '{"type":"message_stop"}',
];

function run(events: readonly string[], asked = input.asked) {
  let state = chatMessages.stream.start({ ...input, asked });
  const sent: string[] = [];
  for (const data of events) {
    const [next, said] = chatMessages.stream.step(state, { name: null, data });
    state = next;
    sent.push(...said);
  }
  return { state, sent: [...sent, ...chatMessages.stream.end(state)] };
}
const chunksOf = (sent: readonly string[]): string[] => sent.map((event) => event.slice(6).trim()).filter((data) => data !== '[DONE]');

describe('a Messages stream', () => {
  test('says what the whole answer says', () => {
    const { sent, state } = run(EVENTS);
    const whole = chatMessages.response({ ...input, text: wholeMessage(EVENTS) });
    expect(JSON.parse(wholeCompletion(chunksOf(sent)))).toEqual(JSON.parse(whole.body));
    expect(chatMessages.stream.remembered(state)).toEqual(whole.remembered);
    expect(whole.remembered).toEqual([
      { callId: 'toolu_1', family: 'anthropic', format: 'messages', blocks: '[{"type":"thinking","thinking":"hm","signature":"sig"}]' },
    ]);
    expect(whole.body).toContain('"input":{"q":1.0}');
    expect(JSON.parse(whole.body)).toMatchObject({
      id: 'msg_1', model: 'claude-x', created: 7,
      choices: [{
        finish_reason: 'tool_calls',
        message: {
          content: 'Let me look.', reasoning: 'hm',
          reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1', index: 0 }],
          annotations: [{ type: 'url_citation', url_citation: { url: 'https://a', start_index: 0, end_index: 12 } }],
          tool_calls: [{ id: 'toolu_1', function: { arguments: '{"x":1.0}' } }, { id: 'toolu_2', function: { arguments: '{}' } }],
        },
      }],
      usage: { prompt_tokens: 15, completion_tokens: 42, prompt_tokens_details: { cached_tokens: 5 }, completion_tokens_details: { reasoning_tokens: 3 } },
    });
  });

  test('has one finish, counts only where they were asked for, and the terminator last', () => {
    const { sent } = run(EVENTS, '{}');
    expect(sent.filter((event) => event.includes('"finish_reason":"'))).toHaveLength(1);
    expect(sent.join('')).not.toContain('"usage"');
    expect(sent.at(-1)).toBe('data: [DONE]\n\n');
  });

  test('that fails says so and nothing after', () => {
    const { sent } = run([...EVENTS.slice(0, 8), '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}', ...EVENTS.slice(8)]);
    expect(sent.at(-1)).toContain('"message":"busy"');
    expect(sent.join('')).not.toContain('[DONE]');
  });
});
