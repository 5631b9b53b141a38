/** B14: what a conversion costs. Each pair alone, in this process: a request, an answer, the events of a stream, and inputs as large as they come. */
import { conversionBetween, PLAIN_RULES, type Conversion, type ProviderEvent } from '@sluice/wire';
import { casesOf } from './overload.ts';
import type { Scenario } from './scenario.ts';

const TARGETS = { requestMs: 1, answerMs: 1, chunkUs: 50, stallMs: 10 } as const;
const REQUEST_BYTES = 100_000;
const LARGE_BYTES = 10_000_000;
const ROUNDS = 200;
const CHUNKS = 5_000;

/** One text of an answer in each format: whole, and as the event that says a piece of it. */
const FORMATS = [
  {
    name: 'messages',
    whole: (text: string) => `{"id":"a","content":[{"type":"text","text":${text}}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`,
    first: [['message_start', '{"type":"message_start","message":{"id":"a"}}'], ['', '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}']],
    chunk: ['', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token"}}'],
  },
  {
    name: 'responses',
    whole: (text: string) => `{"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":${text}}]}]}`,
    first: [['', '{"type":"response.created","response":{"id":"r"}}'], ['', '{"type":"response.output_item.added","output_index":0,"item":{"type":"message"}}']],
    chunk: ['', '{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":" token"}'],
  },
  {
    name: 'converse',
    whole: (text: string) => `{"output":{"message":{"content":[{"text":${text}}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1}}`,
    first: [['messageStart', '{"role":"assistant"}']],
    chunk: ['contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":" token"},"p":"abcdefghij"}'],
  },
  {
    name: 'gemini',
    whole: (text: string) => `{"candidates":[{"content":{"parts":[{"text":${text}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}`,
    first: [],
    chunk: ['', '{"candidates":[{"content":{"parts":[{"text":" token"}],"role":"model"}}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":5},"responseId":"r"}'],
  },
] as const;

export const b14: Scenario = {
  question: 'B14: what a conversion costs: a request and an answer of 100 kB, an event of a stream, 10 MB at once',
  run: (bench) => {
    const figures = casesOf(bench, FORMATS).map((format) => {
      bench.say(`chat → ${format.name}`);
      return { pair: `chat → ${format.name}`, ...measure(format) };
    });
    return Promise.resolve({
      figures,
      table: {
        title: 'conversion: processor time in one process, medians',
        columns: ['pair', 'request ms', 'answer ms', 'chunk µs', '10 MB of turns ms', '10 MB of one text ms'],
        rows: figures.map((one) => [one.pair, one.requestMs.toFixed(2), one.answerMs.toFixed(2), one.chunkUs.toFixed(1), one.turnsMs.toFixed(0), one.textMs.toFixed(0)]),
        notes: [`targets: ${TARGETS.requestMs} ms, ${TARGETS.answerMs} ms, ${TARGETS.chunkUs} µs; nothing may hold up the event loop for more than ${TARGETS.stallMs} ms.`],
      },
    });
  },
};

type Format = (typeof FORMATS)[number];
const ANSWERING = { asked: '{}', model: 'm', id: '0123456789', createdAt: 1, rules: PLAIN_RULES } as const;

function measure(format: Format) {
  const conversion = conversionBetween('chat', format.name);
  if (!conversion) throw new Error(`there is no conversion to ${format.name}`);
  const request = (text: string) => () => conversion.request({ text, model: 'm', onUnsupported: 'drop', memory: new Map(), rules: PLAIN_RULES });
  const text = JSON.stringify('A line of an answer, "quoted" here and there.\n'.repeat(REQUEST_BYTES / 50));
  return {
    requestMs: medianMs(ROUNDS, request(conversation(REQUEST_BYTES))),
    answerMs: medianMs(ROUNDS, () => conversion.response({ ...ANSWERING, text: format.whole(text) })),
    chunkUs: chunkUs(conversion, format),
    turnsMs: medianMs(5, request(conversation(LARGE_BYTES))),
    textMs: medianMs(5, request(JSON.stringify({ messages: [{ role: 'user', content: 'word '.repeat(LARGE_BYTES / 5) }] }))),
  };
}

/** Turns with tools between them, until it is as long as that. */
function conversation(bytes: number): string {
  const turns = [
    { role: 'user', content: [{ type: 'text', text: 'How is the weather in Berlin, and what was it like a year ago? '.repeat(4) }] },
    { role: 'assistant', content: null, tool_calls: [{ id: 'call_abc', type: 'function', function: { name: 'weather', arguments: '{"city":"Berlin","days":[1,2,3.0]}' } }] },
    { role: 'tool', tool_call_id: 'call_abc', content: '{"temperature":21.5,"wind":"north"}'.repeat(8) },
    { role: 'assistant', content: 'Warm, with some wind from the north. '.repeat(6) },
  ];
  const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
  return JSON.stringify({ model: 'm', tools, messages: Array.from({ length: Math.ceil(bytes / JSON.stringify(turns).length) }, () => turns).flat() });
}

function medianMs(rounds: number, run: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

function chunkUs(conversion: Conversion, { first, chunk: [name, data] }: Format): number {
  const stream = conversion.stream(ANSWERING);
  for (const [named, body] of first) stream.take({ name: named, data: body });
  const event: ProviderEvent = { name, data };
  const run = (): void => { for (let n = 0; n < CHUNKS; n++) stream.take(event); };
  run();
  return (medianMs(5, run) * 1_000) / CHUNKS;
}
