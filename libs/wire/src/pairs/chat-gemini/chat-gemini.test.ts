/** Chat over generateContent, by examples of our own. */
import { describe, expect, test } from 'vitest';
import { wholeCompletion } from '../../formats/chat/whole.ts';
import { wholeGemini } from '../../formats/gemini/whole.ts';
import { conversionOf } from '../conversion.ts';
import { PLAIN_RULES } from '../../leaf/rules.ts';
import type { AnswerInput, RequestInput } from '../pair.ts';
import { chatGemini } from './index.ts';

const rules = { ...PLAIN_RULES, family: 'google', reasoning: 'effort' } as const;

function converted(text: string, more: Partial<RequestInput> = {}) {
  const result = chatGemini.request({ text, model: 'gemini', onUnsupported: 'refuse', memory: new Map(), rules, ...more });
  if (result.kind === 'refused') throw new Error(`refused at ${result.path}: ${result.reason}`);
  return { text: result.body, body: JSON.parse(result.body) as Record<string, unknown>, paths: result.warnings.map(({ path }) => path) };
}

const call = (id: string, more = ''): string => String.raw`{"id":"${id}","type":"function","function":{"name":"f","arguments":"{\"x\":1.0}"}${more}}`;
const loop = (calls: string): string => `{"messages":[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[${calls}]}]}`;

describe('a request', () => {
  test('says turns, tools and settings in their places, and numbers as they were written', () => {
    const { body, text, paths } = converted(`{"messages":[{"role":"system","content":"s"},
      {"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},
      {"role":"assistant","tool_calls":[${call('a')},${call('b')}]},
      {"role":"tool","tool_call_id":"b","content":"2"},{"role":"tool","tool_call_id":"a","content":"1","is_error":true}],
      "temperature":1.0,"max_tokens":10,"n":2,"reasoning_effort":"low","tool_choice":"required",
      "tools":[{"type":"function","function":{"name":"f","parameters":{"a":1.0}}}]}`);
    expect(body).toMatchObject({
      systemInstruction: { parts: [{ text: 's' }] },
      contents: [
        { role: 'user', parts: [{ text: 'u' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }] },
        { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f' } }, { functionCall: { id: 'b' } }] },
        { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'f', response: { error: '1' } } }, { functionResponse: { id: 'b', response: { output: '2' } } }] },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      generationConfig: { maxOutputTokens: 10, candidateCount: 2, thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } },
    });
    expect(text).toContain('"temperature":1.0');
    expect(text).toContain('"args":{"x":1.0}');
    expect(text).toContain('"parametersJsonSchema":{"a":1.0}');
    expect(paths).toEqual([]);
  });

  test('gives signatures back from the call, then from memory, then the stand-in where the model wants one', () => {
    const own = converted(loop(call('a', ',"extra_content":{"google":{"thought_signature":"sig"}}')));
    expect(own.body['contents']).toMatchObject([{}, { parts: [{ thoughtSignature: 'sig' }] }]);
    const memory = new Map([['a', { callId: 'a', family: 'google', format: 'gemini', blocks: '[{"thoughtSignature":"kept"}]' } as const]]);
    expect(converted(loop(call('a')), { memory }).body['contents']).toMatchObject([{}, { parts: [{ thoughtSignature: 'kept' }] }]);
    const lost = converted(loop(call('a')), { rules: { ...rules, mayUseSentinel: true } });
    expect(lost.body['contents']).toMatchObject([{}, { parts: [{ thoughtSignature: 'skip_thought_signature_validator' }] }]);
    expect(lost.paths).toEqual(['messages[1].tool_calls[0]']);
  });
});

describe('a stream', () => {
  const CHUNKS = [
    { candidates: [{ content: { parts: [{ text: 'hm', thought: true }], role: 'model' } }], responseId: 'r1', modelVersion: 'gemini-x', usageMetadata: { promptTokenCount: 4 } },
    { candidates: [{ content: { parts: [{ text: 'grüß ' }] } }] },
    { candidates: [{ content: { parts: [{ text: 'dich' }, { functionCall: { name: 'f', args: { x: 1 } }, thoughtSignature: 'sig' }] } }] },
    {
      candidates: [{
        content: { parts: [{ text: '', thoughtSignature: 'last' }] }, finishReason: 'STOP',
        groundingMetadata: { groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }], groundingSupports: [{ segment: { endIndex: 7 }, groundingChunkIndices: [0] }] },
      }],
      usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 5, thoughtsTokenCount: 3, totalTokenCount: 12 },
    },
  ].map((chunk) => JSON.stringify(chunk));
  const input: AnswerInput = { asked: '{"stream_options":{"include_usage":true}}', model: 'gemini', id: '0123456789', createdAt: 1, rules };

  test('says what the whole answer says, with ids for calls that have none', () => {
    const stream = conversionOf(chatGemini).stream(input);
    const sent = [...CHUNKS.flatMap((data) => stream.take({ name: null, data })), ...stream.end()].map((event) => event.slice(6).trim());
    const whole = chatGemini.response({ ...input, text: wholeGemini(CHUNKS) });
    expect(JSON.parse(wholeCompletion(sent.slice(0, -1)))).toEqual(JSON.parse(whole.body));
    expect(stream.remembered()).toEqual([{ callId: 'call_0123456789_0', family: 'google', format: 'gemini', blocks: '[{"thoughtSignature":"sig"}]' }]);
    expect(JSON.parse(whole.body)).toMatchObject({
      id: 'r1', model: 'gemini-x',
      choices: [{
        finish_reason: 'tool_calls',
        message: {
          content: 'grüß dich', reasoning: 'hm', extra_content: { google: { thought_signature: 'last' } },
          tool_calls: [{ id: 'call_0123456789_0', function: { name: 'f', arguments: '{"x":1}' }, extra_content: { google: { thought_signature: 'sig' } } }],
          // Google counts bytes: seven of them are five characters and half of nothing.
          annotations: [{ url_citation: { url: 'https://a', start_index: 0, end_index: 5 } }],
        },
      }],
      usage: { prompt_tokens: 4, completion_tokens: 8, completion_tokens_details: { reasoning_tokens: 3 } },
    });
  });
});
