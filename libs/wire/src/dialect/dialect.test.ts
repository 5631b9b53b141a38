/** What dialects repair, by examples of our own; and what they leave alone. */
import { describe, expect, test } from 'vitest';
import type { Dialect } from './dialect.ts';
import { NOTHING_HEARD } from './dialect.ts';
import { DIALECTS } from './index.ts';

function events(dialect: Dialect, ...data: readonly string[]): readonly string[] {
  let heard = NOTHING_HEARD;
  return data.map((one) => {
    const [next, sent] = dialect.event(heard, one);
    heard = next;
    return sent;
  });
}
const chunk = (delta: string, finish = 'null'): string => `{"id":"gen-1","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}`;

test.each(Object.entries(DIALECTS))('%s keeps every byte of what is right', (_, dialect) => {
  const right = [
    chunk('{"role":"assistant","content":""}'), chunk('{ "content": "a \\u00e9", "x": 1.0 }'),
    chunk('{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}'),
    chunk('{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}'), chunk('{}', '"tool_calls"'), '{"choices":[],"usage":{"x":1e3}}', 'no JSON',
  ];
  expect(events(dialect, ...right)).toEqual(right);
});

test('a speaker who is named again is named once', () => {
  const said = [chunk('{"role":"assistant","content":"a"}'), chunk('{"role":"assistant","content":"b"}'), chunk('{"content":"c", "role" : "assistant"}'), chunk('{"role":"assistant"}', '"stop"')];
  expect(events(DIALECTS.openrouter, ...said)).toEqual([said[0], chunk('{"content":"b"}'), chunk('{"content":"c"}'), chunk('{}', '"stop"')]);
});

test('the last event of Perplexity is one like the others', () => {
  const last = '{"id":"x","object":"chat.completion.done","choices":[{"index":0,"delta":{"content":""},"message":{"content":"all"},"finish_reason":"stop"}]}';
  expect(events(DIALECTS.perplexity, last)).toEqual(['{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}']);
});

describe('calls', () => {
  const call = (name: string, more = ''): string => `{${more}"type":"function","function":{"name":"${name}","arguments":"{\\"x\\":1.0}"}}`;

  test('without index and id get both, over several events, and end the answer', () => {
    expect(events(DIALECTS.gemini, chunk(`{"tool_calls":[${call('f', '"id":"",')}]}`), chunk(`{"tool_calls":[${call('g')}]}`, '"stop"'), chunk('{}', '"stop"'))).toEqual([
      chunk(`{"tool_calls":[{"index":0,"id":"call_gen1_0",${call('f').slice(1)}]}`),
      chunk(`{"tool_calls":[{"index":1,"id":"call_gen1_1",${call('g').slice(1)}]}`, '"tool_calls"'),
      chunk('{}', '"tool_calls"'),
    ]);
  });

  test('several in one event are numbered, and what goes on belongs to the last', () => {
    const [first, second] = events(DIALECTS.mistral, chunk(`{"tool_calls":[${call('f', '"id":"a",')},${call('g', '"id":"b",')}]}`), chunk('{"tool_calls":[{"function":{"arguments":"x"}}]}'));
    expect(JSON.parse(first ?? '')).toMatchObject({ choices: [{ delta: { tool_calls: [{ index: 0, id: 'a' }, { index: 1, id: 'b' }] } }] });
    expect(JSON.parse(second ?? '')).toMatchObject({ choices: [{ delta: { tool_calls: [{ index: 1 }] } }] });
  });

  test('of a whole answer get ids, and no index', () => {
    const whole = `{"id":"","choices":[{"message":{"tool_calls":[${call('f', '"id":"",')},${call('g', '"id":"own",')}]},"finish_reason":"stop"}]}`;
    expect(DIALECTS.local.whole(whole)).toBe(whole.replace('{"id":"","type"', '{"id":"call__0","type"').replace('"stop"', '"tool_calls"'));
  });
});

test('the first delta of each choice says who speaks', () => {
  const of = (index: number, delta: string): string => `{"choices":[{"index":${index},"delta":${delta}}]}`;
  expect(events(DIALECTS.groq, of(0, '{"content":"a"}'), of(1, '{"content":"b"}'), of(0, '{"content":"c"}'))).toEqual([
    of(0, '{"role":"assistant","content":"a"}'), of(1, '{"role":"assistant","content":"b"}'), of(0, '{"content":"c"}'),
  ]);
});

test('content in parts is said as text, its thoughts as reasoning', () => {
  const parts = '[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"},{"type":"text","text":"b"}]';
  expect(events(DIALECTS.mistral, chunk(`{"content":${parts}}`))).toEqual([chunk('{"reasoning":"hm","content":"ab"}')]);
  expect(DIALECTS.mistral.whole(`{"choices":[{"message":{"content": ${parts}, "x":1.0}}]}`)).toBe('{"choices":[{"message":{"reasoning":"hm","content": "ab", "x":1.0}}]}');
});

test('an event without delta gets one, and a message beside it goes', () => {
  expect(events(DIALECTS.perplexity, '{"choices":[{"index":0,"message":{"content":"all"},"delta":{"content":"a"}}]}')).toEqual(['{"choices":[{"index":0,"delta":{"content":"a"}}]}']);
  expect(events(DIALECTS.azure, '{"choices":[{"finish_reason":null,"index":0, "message": null}]}')).toEqual(['{"choices":[{"delta":{},"finish_reason":null,"index":0}]}']);
});
