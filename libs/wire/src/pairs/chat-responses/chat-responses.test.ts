/** Chat over Responses, by examples of our own. */
import { describe, expect, test } from 'vitest';
import { wholeCompletion } from '../../formats/chat/whole.ts';
import { wholeResponse } from '../../formats/responses/whole.ts';
import { PLAIN_RULES } from '../../leaf/rules.ts';
import type { AnswerInput, RequestInput } from '../pair.ts';
import { chatResponses } from './index.ts';

const rules = { ...PLAIN_RULES, family: 'openai' } as const;

function converted(text: string, more: Partial<RequestInput> = {}) {
  const result = chatResponses.request({ text, model: 'gpt', onUnsupported: 'refuse', memory: new Map(), rules, ...more });
  if (result.kind === 'refused') throw new Error(`refused at ${result.path}: ${result.reason}`);
  return { text: result.body, body: JSON.parse(result.body) as Record<string, unknown>, paths: result.warnings.map(({ path }) => path) };
}

describe('a request', () => {
  test('says everything in its order, and numbers as they were written', () => {
    const { body, text, paths } = converted(String.raw`{"messages":[
      {"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"https://i"}}]},
      {"role":"assistant","content":"a","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":1.0}"}},{"id":"d","type":"custom","custom":{"name":"g","input":"raw"}}]},
      {"role":"tool","tool_call_id":"c","content":"r"},{"role":"tool","tool_call_id":"d","content":"q"}],
      "temperature":1.0,"max_tokens":100,"tools":[{"type":"function","function":{"name":"f","parameters":{"a":1.0}}},{"type":"custom","custom":{"name":"g","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}]}`);
    expect(body['input']).toEqual([
      { role: 'system', content: [{ type: 'input_text', text: 's' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'u' }, { type: 'input_image', image_url: 'https://i', detail: 'auto' }] },
      { role: 'assistant', content: 'a' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"x":1.0}' },
      { type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'raw' },
      { type: 'function_call_output', call_id: 'c', output: 'r' },
      { type: 'custom_tool_call_output', call_id: 'd', output: 'q' },
    ]);
    expect(text).toContain('"temperature":1.0');
    expect(text).toContain('"parameters":{"a":1.0},"strict":false');
    expect(body).toMatchObject({ store: false, max_output_tokens: 100, tools: [{}, { format: { type: 'grammar', syntax: 'lark', definition: 'x' } }] });
    expect(paths).toEqual([]);
  });

  test('gives reasoning back from the client, then from memory, and never another’s', () => {
    const turn = (details: string): string => `{"messages":[{"role":"assistant","reasoning_details":[${details}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]}`;
    const own = '{"type":"reasoning.summary","summary":"s","id":"rs_1","format":"openai-responses-v1"},{"type":"reasoning.encrypted","data":"x","id":"rs_1","format":"openai-responses-v1"}';
    expect(converted(turn(own)).body['input']).toMatchObject([
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 's' }], encrypted_content: 'x' }, { type: 'function_call' },
    ]);
    const memory = new Map([['c', { callId: 'c', family: 'openai', format: 'responses', blocks: '[{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"y"}]' } as const]]);
    expect(converted(turn(''), { memory }).body['input']).toMatchObject([{ id: 'rs_2' }, { type: 'function_call' }]);
    const foreign = converted(turn(own.replaceAll('openai-', 'anthropic-')));
    expect(foreign.body['input']).toMatchObject([{ type: 'function_call' }]);
    expect(foreign.paths).toEqual(['messages[0].reasoning_details[0]', 'messages[0].reasoning_details[1]']);
  });

  test('with stop sequences is refused', () => {
    const stop = { text: '{"messages":[],"stop":["x"]}', model: 'm', onUnsupported: 'refuse', memory: new Map(), rules } as const;
    expect(chatResponses.request(stop)).toMatchObject({ kind: 'refused', path: 'stop' });
  });
});

describe('a stream', () => {
  const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hi you', annotations: [{ type: 'url_citation', url: 'https://a', title: 'A', start_index: 0, end_index: 2 }] }] };
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"x":1.0}' };
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'enc' };
  const EVENTS = [
    { type: 'response.created', response: { id: 'resp_1', created_at: 9, model: 'gpt-x', status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...reasoning, summary: [] } },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, delta: 'hm' },
    { type: 'response.output_item.done', output_index: 0, item: reasoning },
    { type: 'response.output_item.added', output_index: 1, item: { ...message, content: [] } },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Hi ', logprobs: [] },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'you', logprobs: [] },
    { type: 'response.output_item.done', output_index: 1, item: message },
    { type: 'response.output_item.added', output_index: 2, item: { ...call, arguments: '' } },
    { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"x":' },
    { type: 'response.output_item.done', output_index: 2, item: call },
    { type: 'response.completed', response: { id: 'resp_1', created_at: 9, model: 'gpt-x', status: 'completed', usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 6, output_tokens_details: { reasoning_tokens: 2 }, total_tokens: 16 } } },
  ].map((event) => JSON.stringify(event));
  const input: AnswerInput = { asked: '{"stream_options":{"include_usage":true}}', model: 'gpt', id: '0123456789', createdAt: 1, rules };

  test('says what the whole answer says, also what was not said in pieces', () => {
    let state = chatResponses.stream.start(input);
    const sent: string[] = [];
    for (const data of EVENTS) {
      const [next, said] = chatResponses.stream.step(state, { name: null, data });
      state = next;
      sent.push(...said);
    }
    const ended = [...sent, ...chatResponses.stream.end(state)].map((event) => event.slice(6).trim());
    const whole = chatResponses.response({ ...input, text: wholeResponse(EVENTS) });
    expect(JSON.parse(wholeCompletion(ended.slice(0, -1)))).toEqual(JSON.parse(whole.body));
    expect(chatResponses.stream.remembered(state)).toMatchObject([{ callId: 'call_1', family: 'openai' }]);
    expect(JSON.parse(whole.body)).toMatchObject({
      id: 'resp_1', created: 9,
      choices: [{
        finish_reason: 'tool_calls',
        message: { content: 'Hi you', reasoning: 'hm', tool_calls: [{ id: 'call_1', function: { arguments: '{"x":1.0}' } }], annotations: [{ url_citation: { end_index: 2 } }] },
      }],
      usage: { prompt_tokens: 10, completion_tokens: 6, completion_tokens_details: { reasoning_tokens: 2 } },
    });
  });
});
