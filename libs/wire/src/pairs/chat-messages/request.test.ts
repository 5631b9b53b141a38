/** Chat requests as Messages requests, by examples of our own. */
import { describe, expect, test } from 'vitest';
import type { Remembered } from '../../leaf/remembered.ts';
import { PLAIN_RULES } from '../../leaf/rules.ts';
import type { RequestInput } from '../pair.ts';
import { request } from './request.ts';

const rules = { ...PLAIN_RULES, family: 'anthropic' } as const;
const input = (text: string, more: Partial<RequestInput> = {}): RequestInput =>
  ({ text, model: 'claude', onUnsupported: 'refuse', memory: new Map(), rules, ...more });

/** The body as text and parsed, and what was said about it. */
function converted(text: string, more: Partial<RequestInput> = {}) {
  const result = request(input(text, more));
  if (result.kind === 'refused') throw new Error(`refused at ${result.path}: ${result.reason}`);
  return { text: result.body, body: JSON.parse(result.body) as Record<string, unknown>, paths: result.warnings.map(({ path }) => path) };
}
const withMessages = (messages: string, rest = ''): string => `{"model":"m","messages":${messages}${rest}}`;
const CALL = '{"role":"assistant","content":null,"tool_calls":[{"id":"a b","type":"function","function":{"name":"f","arguments":"{\\"x\\":1.0,\\"x\\":2e3,\\"s\\":\\"\\\\ud800\\"}"}}]}';

describe('text that must survive', () => {
  test('numbers, schemas and arguments keep the way they were written', () => {
    const { text } = converted(
      withMessages(`[{"role":"user","content":"hi"},${CALL},{"role":"tool","tool_call_id":"a b","content":"r"}]`,
        ',"temperature":1.0,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","maximum":1e2,"a":1,"a":2}}}]'),
    );
    expect(text).toContain('"temperature":1.0');
    expect(text).toContain('"input_schema":{"type":"object","maximum":1e2,"a":1,"a":2}');
    expect(text).toContain('"input":{"x":1.0,"x":2e3,"s":"\\ud800"}');
  });

  test('half a surrogate pair inside arguments gets its escape', () => {
    const { text } = converted(withMessages(String.raw`[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"s\":\"\ud800\"}"}}]}]`));
    expect(text).toContain(String.raw`"input":{"s":"\ud800"}`);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe('turns', () => {
  test('what leads is the system field, what comes later stays where it is', () => {
    const { body } = converted(withMessages('[{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"c"},{"role":"system","content":"d"},{"role":"user","content":"e"}]'));
    expect(body['system']).toEqual([{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }]);
    expect(body['messages']).toMatchObject([{ role: 'user' }, { role: 'system', content: [{ text: 'd' }] }, { role: 'user', content: [{ text: 'e' }] }]);
  });

  test('a model without system turns hears them from the user, with a warning', () => {
    const { body, paths } = converted(
      withMessages('[{"role":"user","content":"c"},{"role":"system","content":"d"}]'), { rules: { ...rules, middleSystem: false } });
    expect(body['messages']).toMatchObject([{ role: 'user', content: [{ text: 'c' }, { text: 'd' }] }]);
    expect(paths).toEqual(['messages[1].content']);
  });

  test('results come first in the next turn, with ids the target accepts', () => {
    const { body } = converted(withMessages(`[{"role":"user","content":"hi"},${CALL},{"role":"user","content":"wait"},{"role":"tool","tool_call_id":"a b","content":"r"}]`));
    expect(body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_0' }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_0' }, { type: 'text', text: 'wait' }] },
    ]);
  });

  test('calls that share an id are told apart', () => {
    const one = '{"id":"","type":"function","function":{"name":"f","arguments":""}}';
    const { body } = converted(withMessages(
      `[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[${one},${one}]},{"role":"tool","tool_call_id":"","content":"1"},{"role":"tool","tool_call_id":"","content":"2"}]`));
    expect(body['messages']).toMatchObject([
      {}, { content: [{ id: 'call_0', input: {} }, { id: 'call_1' }] },
      { content: [{ tool_use_id: 'call_0', content: [{ text: '1' }] }, { tool_use_id: 'call_1', content: [{ text: '2' }] }] },
    ]);
  });

  test('the old functions are tools', () => {
    const { body } = converted(withMessages(
      '[{"role":"user","content":"hi"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}]',
      ',"functions":[{"name":"f"}],"function_call":{"name":"f"}'));
    expect(body).toMatchObject({ tools: [{ name: 'f' }], tool_choice: { type: 'tool', name: 'f' } });
    expect(body['messages']).toMatchObject([{}, { content: [{ type: 'tool_use', id: 'call_0' }] }, { content: [{ tool_use_id: 'call_0' }] }]);
  });
});

describe('thoughts', () => {
  const signed = '{"type":"reasoning.text","text":"t","signature":"sig","format":"anthropic-claude-v1","index":0}';
  const loop = (details: string): string =>
    withMessages(`[{"role":"user","content":"hi"},${CALL.replace('"content":null', `"content":null,"reasoning_details":[${details}]`)},{"role":"tool","tool_call_id":"a b","content":"r"}]`, ',"reasoning_effort":"high"');

  test('go back as the client kept them', () => {
    const { body } = converted(loop(signed));
    expect(body['messages']).toMatchObject([{}, { content: [{ type: 'thinking', thinking: 't', signature: 'sig' }, { type: 'tool_use' }] }, {}]);
    expect(body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } });
  });

  test('pieces of a stream that a client kept one by one are one thought again', () => {
    const piece = '{"type":"reasoning.text","text":"a","format":"anthropic-claude-v1","index":0}';
    const { body } = converted(loop(`${piece},${piece},${signed}`));
    expect(body['messages']).toMatchObject([{}, { content: [{ thinking: 'aat', signature: 'sig' }, { type: 'tool_use' }] }, {}]);
  });

  test('go back from memory where the client dropped them', () => {
    const remembered: Remembered = { callId: 'a b', family: 'anthropic', format: 'messages', blocks: '[{"type":"redacted_thinking","data":"d"}]' };
    const { body, paths } = converted(loop(''), { memory: new Map([['a b', remembered]]) });
    expect(body['messages']).toMatchObject([{}, { content: [{ type: 'redacted_thinking', data: 'd' }, { type: 'tool_use' }] }, {}]);
    expect(paths).toEqual([]);
  });

  test('that are lost, or another provider’s, end thinking for this request, with a warning', () => {
    const foreign = signed.replace('anthropic-claude-v1', 'openai-responses-v1');
    for (const details of ['', foreign]) {
      const memory = new Map([['a b', { callId: 'a b', family: 'google', format: 'messages', blocks: '[{}]' } as const]]);
      const { body, paths, text } = converted(loop(details), { memory });
      expect(body['thinking']).toBeUndefined();
      expect(text).not.toContain('"sig"');
      expect(paths).toContain('reasoning_effort');
    }
  });
});

describe('settings', () => {
  const user = '[{"role":"user","content":"hi"}]';
  test('hints are left out with a warning, neutral values silently', () => {
    const { paths } = converted(withMessages(user, ',"seed":1,"store":false,"metadata":{},"n":1,"logprobs":false,"stop":null,"whatever":true'));
    expect(paths).toEqual(['seed', 'store', 'metadata', 'whatever']);
  });

  test.each([
    ['"n":2', 'n'], ['"logprobs":true', 'logprobs'], ['"logit_bias":{"1":2}', 'logit_bias'], ['"presence_penalty":0.5', 'presence_penalty'],
    ['"modalities":["audio"]', 'modalities'], ['"tools":[{"type":"custom","custom":{"name":"x"}}]', 'tools[0].type'],
  ])('%s is refused at its path, or dropped where that was asked', (member, path) => {
    const text = withMessages(user, `,${member}`);
    expect(request(input(text))).toMatchObject({ kind: 'refused', path });
    expect(converted(text, { onUnsupported: 'drop' }).paths).toContain(path);
  });

  test('a schema for the answer goes over as it was written', () => {
    const { text } = converted(withMessages(user, ',"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","minimum":1.0}}}'));
    expect(text).toContain('"output_config":{"format":{"type":"json_schema","schema":{"type":"object","minimum":1.0}}}');
  });

  test('a budget leaves room for the answer', () => {
    const { body } = converted(withMessages(user, ',"reasoning_effort":"high","max_tokens":4000'), { rules: { ...rules, reasoning: 'budget' } });
    expect(body).toMatchObject({ max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 3000 } });
  });

  test('a body that is no object is refused', () => {
    expect(request(input('[1'))).toMatchObject({ kind: 'refused', path: '' });
  });
});
