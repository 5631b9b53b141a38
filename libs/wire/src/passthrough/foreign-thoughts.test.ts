import { describe, expect, test } from 'vitest';
import { withoutForeignThoughts } from './foreign-thoughts.ts';

const DETAILS = '"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s","format":"anthropic-claude-v1"}]';
const CALL = '{"id":"c","type":"function","extra_content":{"google":{"thought_signature":"g"}},"function":{"name":"n","arguments":"{\\"a\\":1.0}"}}';
const bodyOf = (message: string): string => `{ "n":1.0, "messages":[{"role":"user","content":"h\\u00e9"}, ${message} ,{"role":"tool"}],"x":[1e2]}`;
const left = (message: string, taken: Parameters<typeof withoutForeignThoughts>[1]) => {
  const { body, warnings } = withoutForeignThoughts(Buffer.from(bodyOf(message)), taken);
  return { text: body.toString(), warnings: warnings.map(({ path }) => path) };
};

describe('what stands beside a message', () => {
  test('goes where it is not taken, and nothing else does', () => {
    const said = left(`{"role":"assistant",${DETAILS},"content":null, "tool_calls":[${CALL}, ${CALL}]}`, 'none');
    const call = CALL.replace('"extra_content":{"google":{"thought_signature":"g"}},', '');
    expect(said).toEqual({ text: bodyOf(`{"role":"assistant","content":null, "tool_calls":[${call}, ${call}]}`), warnings: ['messages[1].reasoning_details'] });
  });

  test('stays whole at a router, and its signatures at Google', () => {
    const message = `{"role":"assistant","tool_calls":[${CALL}],${DETAILS}}`;
    expect(left(message, 'all')).toEqual({ text: bodyOf(message), warnings: [] });
    expect(left(message, 'google').text).toBe(bodyOf(`{"role":"assistant","tool_calls":[${CALL}]}`));
  });

  test('is the client\'s own where no thoughts of ours stand beside it', () => {
    const message = '{"role":"assistant","reasoning":"of a local model","content":"says \\"reasoning_details\\" and \\"extra_content\\""}';
    expect(left(message, 'none')).toEqual({ text: bodyOf(message), warnings: [] });
  });
});
