/** What JSON can say in more than one way goes through every pair from Chat as it was written. */
import { describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../leaf/rules.ts';
import { conversionBetween } from './conversion.ts';

/** Numbers that a parser would change, keys that stand twice, halves of surrogate pairs in both spellings. */
const TRICKY = String.raw`{"big":9007199254740993,"exponent":1e3,"minus":-0,"float":1.0,"twice":1,"twice":2,"half":"\ud800","other":"\uDC00x"}`;
const INNER = TRICKY.slice(1, -1);
const quoted = JSON.stringify(TRICKY);

const REQUEST = `{"model":"m","messages":[{"role":"user","content":"half \\ud800 and whole"},
  {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${quoted}}}]},{"role":"tool","tool_call_id":"c1","content":"r"}],
  "tools":[{"type":"function","function":{"name":"f","parameters":${TRICKY}}}],"temperature":1.0,"top_p":1e0,"max_tokens":1e3,
  "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":${TRICKY}}}}`;

/** A whole answer of each format with a call of these arguments, and the events that it would have been. */
const ANSWERS = {
  messages: {
    whole: `{"content":[{"type":"tool_use","id":"c1","name":"f","input":${TRICKY}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
    events: [
      ['', '{"type":"message_start","message":{"id":"a","usage":{"input_tokens":1}}}'],
      ['', '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}'],
      ['', `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":${quoted}}}`],
      ['', '{"type":"content_block_stop","index":0}'], ['', '{"type":"message_stop"}'],
    ],
  },
  converse: {
    whole: `{"output":{"message":{"content":[{"toolUse":{"toolUseId":"c1","name":"f","input":${TRICKY}}}]}},"stopReason":"tool_use"}`,
    events: [
      ['messageStart', '{"role":"assistant"}'], ['contentBlockStart', '{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"c1","name":"f"}}}'],
      ['contentBlockDelta', `{"contentBlockIndex":0,"delta":{"toolUse":{"input":${quoted}}}}`], ['contentBlockStop', '{"contentBlockIndex":0}'],
      ['messageStop', '{"stopReason":"tool_use"}'],
    ],
  },
  gemini: {
    whole: `{"candidates":[{"content":{"parts":[{"functionCall":{"id":"c1","name":"f","args":${TRICKY}}}]},"finishReason":"STOP"}]}`,
    events: [['', `{"candidates":[{"content":{"parts":[{"functionCall":{"id":"c1","name":"f","args":${TRICKY}}}]},"finishReason":"STOP"}]}`]],
  },
  responses: {
    whole: `{"id":"r","status":"completed","output":[{"type":"function_call","call_id":"c1","name":"f","arguments":${quoted}}]}`,
    events: [
      ['', '{"type":"response.created","response":{"id":"r"}}'], ['', '{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c1","name":"f"}}'],
      ['', `{"type":"response.function_call_arguments.delta","output_index":0,"delta":${quoted}}`],
      ['', `{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c1","name":"f","arguments":${quoted}}}`],
      ['', '{"type":"response.completed","response":{"id":"r","status":"completed"}}'],
    ],
  },
} as const;

describe.each(Object.entries(ANSWERS))('chat → %s', (format, { whole, events }) => {
  const conversion = conversionBetween('chat', format);
  if (!conversion) throw new Error(`there is no conversion to ${format}`);
  const input = { asked: '{}', model: 'm', id: '0123456789', createdAt: 1, rules: PLAIN_RULES };
  const argumentsIn = (message: unknown): string => (message as { tool_calls: [{ function: { arguments: string } }] }).tool_calls[0].function.arguments; // as asserted

  test('schemas, arguments and settings of a request', () => {
    const made = conversion.request({ text: REQUEST, model: 'm', onUnsupported: 'refuse', memory: new Map(), rules: PLAIN_RULES });
    if (made.kind === 'refused') throw new Error(`refused at ${made.path}`);
    // Plain where the target takes JSON, once more quoted where it takes text.
    const [plain, text] = [made.body.split(INNER).length - 1, made.body.split(JSON.stringify(TRICKY).slice(1, -1)).length - 1];
    expect(plain + text).toBe(3);
    expect(made.body).toMatch(/"temperature":1\.0\b/);
    expect(made.body).toMatch(/"top_?[pP]":1e0\b/);
    expect(made.body).toMatch(/"(?:max_tokens|maxTokens|maxOutputTokens|max_output_tokens)":1e3\b/);
    expect(made.body).toContain(String.raw`half \ud800 and whole`);
    expect(made.body.isWellFormed()).toBe(true);
  });

  test('arguments in an answer, whole and streamed', () => {
    const { choices } = JSON.parse(conversion.response({ ...input, text: whole }).body) as { choices: [{ message: unknown }] };
    expect(argumentsIn(choices[0].message)).toBe(TRICKY);
    const stream = conversion.stream(input);
    const sent = [...events.flatMap(([name, data]) => stream.take({ name: name === '' ? null : name, data })), ...stream.end()].join('');
    const pieces = [...sent.matchAll(/"arguments":("(?:[^"\\]|\\.)*")/g)].map(([, piece]) => JSON.parse(piece ?? '""') as string); // a JSON string
    expect(pieces.join('')).toBe(TRICKY);
  });
});
