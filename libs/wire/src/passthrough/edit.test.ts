/** Edits that a model wants leave every other byte as it was. */
import { expect, test } from 'vitest';
import { edited, type Edits } from './edit.ts';

const NONE: Edits = { rename: {}, omit: [], systemRole: null, efforts: [], thoughts: 'none', callIds: 'any' };
const edit = (text: string, edits: Partial<Edits>) => {
  const { body, warnings } = edited(Buffer.from(text), { ...NONE, ...edits });
  return { text: body.toString(), paths: warnings.map(({ path }) => path) };
};

test('a member goes by its new name, and where both are there the new one stands', () => {
  const rename = { max_tokens: 'max_completion_tokens' };
  expect(edit('{"a":1.0,"max_tokens" : 5 }', { rename }).text).toBe('{"a":1.0,"max_completion_tokens":5 }');
  expect(edit('{"max_tokens":5,"max_completion_tokens":6}', { rename }).text).toBe('{"max_completion_tokens":6}');
});

test('ids that the provider could not have given are made of their place, in calls and in results', () => {
  const conversation = (first: string, second: string) => `{"messages":[{"tool_calls":[{"id":"${first}","a":1.0},{"id" : "abcDEF123"}]},{"tool_call_id":"abcDEF123"},`
    + `{"tool_call_id":"${first}"},{"tool_calls":[{"id":"${second}"}]},{"tool_call_id":"${second}"}]}`;
  expect(edit(conversation('toolu_01', 'toolu_01'), { callIds: 'nine' }).text).toBe(conversation('call00000', 'call00001'));
  expect(edit(conversation('toolu_01', 'x'), {}).text).toBe(conversation('toolu_01', 'x'));
});

test('what the model does not take is left out, with a warning where it said anything', () => {
  const { text, paths } = edit('{"top_p":0.10,"a":1.0,"logprobs":null}', { omit: ['top_p', 'logprobs', 'seed'] });
  expect(text).toBe('{"a":1.0}');
  expect(paths).toEqual(['top_p']);
});

test('instructions come in the role that the model knows', () => {
  const { text } = edit('{"messages":[{"role":"developer","content":"é"},{"role" : "system"},{"role":"user"}]}', { systemRole: 'user' });
  expect(text).toBe('{"messages":[{"role":"user","content":"é"},{"role" : "user"},{"role":"user"}]}');
});

test('an effort becomes the nearest that the model knows', () => {
  const efforts = ['low', 'medium', 'high'];
  expect(edit('{"reasoning_effort":"minimal"}', { efforts })).toEqual({ text: '{"reasoning_effort":"low"}', paths: ['reasoning_effort'] });
  expect(edit('{"reasoning_effort":"max"}', { efforts }).text).toBe('{"reasoning_effort":"high"}');
  expect(edit('{"reasoning_effort":"medium"}', { efforts })).toEqual({ text: '{"reasoning_effort":"medium"}', paths: [] });
});
