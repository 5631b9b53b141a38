/** Recorded traffic through every pair that begins in Chat: requests become requests, and a stream says what the whole answer says. */
import { loadExchanges } from '@sluice/testkit';
import { describe, expect, test } from 'vitest';
import {
  chatConverse, chatGemini, chatMessages, chatResponses, conversionOf, dataOf, PLAIN_RULES, splitSse, wholeCompletion, wholeConverse, wholeGemini, wholeMessage, wholeResponse,
  type Conversion, type Family, type ProviderEvent,
} from '../src/index.ts';

const { exchanges, reason } = await loadExchanges();

interface Row {
  readonly name: string;
  readonly pair: Conversion;
  readonly whole: (events: readonly ProviderEvent[]) => string;
  readonly family: Family;
  /** Recordings of the target's answers. */
  readonly wires: RegExp;
  readonly mayRefuse: RegExp;
}

const PAIRS: readonly Row[] = [
  {
    name: 'chat → messages', pair: conversionOf(chatMessages), whole: (events) => wholeMessage(events.map(({ data }) => data)), family: 'anthropic',
    wires: /^(messages|invoke_anthropic(_stream)?|anthropic_raw_predict)$/,
    mayRefuse: /^(n|logprobs|logit_bias|modalities|tools\[\d+\]\.type|messages\[0\]\.content\[1\])$/,
  },
  {
    name: 'chat → responses', pair: conversionOf(chatResponses), whole: (events) => wholeResponse(events.map(({ data }) => data)), family: 'openai', wires: /^(mantle_)?responses$/,
    mayRefuse: /^(n|stop|logit_bias|modalities|tools\[\d+\]\.type|messages\[0\]\.content\[1\])$/,
  },
  {
    name: 'chat → converse', pair: conversionOf(chatConverse), whole: wholeConverse, family: 'anthropic', wires: /^converse(_stream)?$/,
    mayRefuse: /^(n|logprobs|logit_bias|modalities|(presence|frequency)_penalty|tools\[\d+\]\.type|messages\[\d+\]\.content\[\d+\])$/,
  },
  {
    name: 'chat → gemini', pair: conversionOf(chatGemini), whole: (events) => wholeGemini(events.map(({ data }) => data)), family: 'google',
    wires: /^generate_content$/, mayRefuse: /^(logit_bias|tools\[\d+\]\.type)$/,
  },
];

/** Streams in the old format of prompts, whose own last event says it differently (rounded logprobs), that fail, or that hold more than one answer. */
const NOT_TWINS = /stream_logprobs_out__01|stream_stream_error__01|stream_vision__01|azure.*stream_parallel_tools__01|invoke_anthropic_stream\/plain__01/;

describe.skipIf(exchanges === undefined).each(PAIRS)(`$name${reason ? ` (${reason})` : ''}`, ({ pair, whole, family, wires, mayRefuse }) => {
  const all = exchanges ?? [];
  const rules = { ...PLAIN_RULES, family };
  const answering = { asked: '{"stream_options":{"include_usage":true}}', model: 'm', id: '0123456789', createdAt: 1, rules };
  const requests = all.filter(({ wire, request }) => wire.includes('chat_completions') && request.recorded && request.bodyText?.startsWith('{'));
  const answers = all.filter(({ wire, request, response }) => wires.test(wire) && request.method === 'POST' && response.status === 200);
  // Gemini's array of answers is read whole.
  const isStream = ({ response }: (typeof answers)[number]): boolean => response.body.length > 0 && ![0x7b, 0x5b].includes(response.body[0] ?? 0);

  test.each(requests)('$id becomes a request, or is refused for what it asks', ({ request }) => {
    const input = { text: request.bodyText ?? '', model: 'm', memory: new Map(), rules };
    const converted = pair.request({ ...input, onUnsupported: 'refuse' });
    if (converted.kind === 'converted') return void expect(JSON.parse(converted.body)).toBeTypeOf('object');
    expect(converted.path).toMatch(mayRefuse);
    const dropped = pair.request({ ...input, onUnsupported: 'drop' });
    expect(dropped.kind === 'converted' && dropped.warnings.map(({ path }) => path)).toContain(converted.path);
  });

  test.each(answers.filter((one) => isStream(one) && !NOT_TWINS.test(one.id)))('$id says in a stream what it says whole', ({ response }) => {
    const events = eventsOf(response.body);
    const stream = pair.stream(answering);
    const sent = [...events.flatMap((event) => stream.take(event)), ...stream.end()];
    const ended = sent.map((event) => event.slice('data: '.length).trim());
    expect(ended.at(-1)).toBe('[DONE]');
    const answer = pair.response({ ...answering, text: whole(events) });
    expect(JSON.parse(wholeCompletion(ended.slice(0, -1)))).toEqual(JSON.parse(answer.body));
    expect(stream.remembered()).toEqual(answer.remembered);
  });

  test.each(answers.filter((one) => [0x7b, 0x5b].includes(one.response.body[0] ?? 0)))('$id becomes a completion', ({ response }) => {
    const body: unknown = JSON.parse(pair.response({ ...answering, text: response.body.toString() }).body);
    const finish = expect.stringMatching(/^(stop|length|tool_calls|content_filter)$/) as unknown;
    expect(body).toMatchObject({ object: 'chat.completion', choices: expect.arrayContaining([expect.objectContaining({ finish_reason: finish })]) as unknown });
  });
});

/** Server-sent, or in Amazon's frames: a prelude of lengths, headers, payload. */
function eventsOf(body: Buffer): ProviderEvent[] {
  if (body[0] === 0) return framesOf(body);
  const splitter = splitSse();
  const events = [...splitter.push(body), splitter.rest()?.bytes ?? Buffer.alloc(0)];
  return events.map(dataOf).flatMap((data) => (data === undefined ? [] : [{ name: null, data }]));
}

function framesOf(body: Buffer): ProviderEvent[] {
  const events: ProviderEvent[] = [];
  for (let at = 0; at < body.length; at += body.readUInt32BE(at)) {
    const headers = body.toString('latin1', at + 12, at + 12 + body.readUInt32BE(at + 4));
    const data = body.toString('utf8', at + 12 + body.readUInt32BE(at + 4), at + body.readUInt32BE(at) - 4);
    // Its name, the kind of its value (text), the length in two bytes, the text.
    const value = headers.slice(headers.indexOf(':event-type') + ':event-type'.length + 1);
    const [name, length] = [value.slice(2), value.charCodeAt(1)];
    // InvokeModel's frames hold the model's own event, once more encoded.
    const { bytes } = JSON.parse(data) as { readonly bytes?: string };
    events.push({ name: name.slice(0, length), data: bytes === undefined ? data : Buffer.from(bytes, 'base64').toString() });
  }
  return events;
}
