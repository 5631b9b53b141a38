/** Recorded traffic through the pair chat → messages: requests become requests, and a stream says what the whole answer says. */
import { loadExchanges } from '@sluice/testkit';
import { describe, expect, test } from 'vitest';
import { chatMessages, dataOf, PLAIN_RULES, splitSse, wholeCompletion, wholeMessage } from '../src/index.ts';

const { exchanges, reason } = await loadExchanges();
const rules = { ...PLAIN_RULES, family: 'anthropic' } as const;
const answering = { asked: '{"stream_options":{"include_usage":true}}', model: 'm', id: '0123456789', createdAt: 1, rules };

describe.skipIf(exchanges === undefined)(`chat → messages${reason ? ` (${reason})` : ''}`, () => {
  const all = exchanges ?? [];
  const requests = all.filter(({ wire, request }) => wire.includes('chat_completions') && request.recorded && request.bodyText?.startsWith('{'));
  const answers = all.filter(({ wire, response }) => /^(messages|invoke_anthropic|anthropic_raw_predict)$/.test(wire) && response.status === 200);

  test.each(requests)('$id becomes a request, or is refused at its path', ({ request }) => {
    const asked = request.bodyText ?? '';
    const converted = chatMessages.request({ text: asked, model: 'm', onUnsupported: 'refuse', memory: new Map(), rules });
    if (converted.kind === 'refused') return void expect(converted.path).toMatch(/^(n|logprobs|logit_bias|modalities|tools\[|messages\[)/);
    expect(JSON.parse(converted.body)).toMatchObject({ model: 'm', max_tokens: expect.any(Number) as number });
  });

  test.each(answers.filter(({ stream }) => stream))('$id says in a stream what it says whole', ({ response }) => {
    const events = datasOf(response.body);
    let state = chatMessages.stream.start(answering);
    const sent: string[] = [];
    for (const data of events) {
      const [next, said] = chatMessages.stream.step(state, { name: null, data });
      state = next;
      sent.push(...said);
    }
    const ended = [...sent, ...chatMessages.stream.end(state)].map((event) => event.slice('data: '.length).trim());
    expect(ended.at(-1)).toBe('[DONE]');
    const whole = chatMessages.response({ ...answering, text: wholeMessage(events) });
    expect(JSON.parse(wholeCompletion(ended.slice(0, -1)))).toEqual(JSON.parse(whole.body));
    expect(chatMessages.stream.remembered(state)).toEqual(whole.remembered);
  });

  test.each(answers.filter(({ stream }) => !stream))('$id becomes a completion', ({ response }) => {
    const whole = chatMessages.response({ ...answering, text: response.body.toString() });
    // InvokeModel still answers a prompt of the old kind, which counts nothing.
    const isMessage = response.body.includes('"usage"');
    expect(JSON.parse(whole.body)).toMatchObject({ object: 'chat.completion', ...(isMessage ? { usage: { prompt_tokens: expect.any(Number) as number } } : {}) });
  });
});

function datasOf(body: Buffer): string[] {
  const splitter = splitSse();
  return [...splitter.push(body), ...[splitter.rest()?.bytes ?? Buffer.alloc(0)]].map(dataOf).filter((data) => data !== undefined);
}
