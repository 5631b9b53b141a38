/** Recorded Chat Completions streams: split into the same events however they are chopped, and understood. */
import { loadExchanges } from '@sluice/testkit';
import { describe, expect, test } from 'vitest';
import { accumulate, dataOf, NOTHING_SEEN, outputEstimate, readChatAnswer, readChatEvent, splitSse, usageIn } from '../src/index.ts';

for (const provider of ['openai', 'groq', 'mistral', 'openrouter', 'azure', 'ollama', 'lmstudio']) {
  const { exchanges, reason } = await loadExchanges({ provider, wire: 'chat_completions' });
  describe.skipIf(exchanges === undefined)(`${provider}${reason ? ` (${reason})` : ''}`, () => {
    const answers = (exchanges ?? []).filter(({ response }) => response.status < 300);
    const streams = answers.filter(({ response }) => String(response.headers['content-type']).includes('event-stream'));
    const whole = answers.filter((exchange) => !exchange.stream);

    test.each(streams.map(({ id, response }) => ({ id, body: response.body })))('$id', ({ body }) => {
      const { events, rest } = split([body]);
      expect(Buffer.concat([...events, ...rest]).equals(body)).toBe(true);
      for (const size of [1, 7, 1_000]) expect(split(chopped(body, size)).events.map(String)).toEqual(events.map(String));

      const read = [...events, ...rest].map(readChatEvent);
      const seen = read.reduce(accumulate, NOTHING_SEEN);
      expect(seen.terminated).toBe(body.includes('data: [DONE]'));
      const isWhole = body.includes('"finish_reason":"') && read.every(({ kind }) => kind !== 'error');
      if (isWhole) expect(seen.finished).toBe(true);
      const stated = events.map((event) => usageIn(parsed(event))).filter((usage) => usage !== null);
      expect(seen.usage).toEqual(stated.at(-1) ?? null);
      if (isWhole && seen.usage === null) expect(outputEstimate(seen)).toBeGreaterThan(0);
    });

    test.each(whole.map(({ id, response }) => ({ id, body: response.body })))('$id', ({ body }) => {
      const answer = readChatAnswer(body);
      // One was recorded without its body, and one is an error under 200: neither is an answer.
      if (answer.kind === 'error') return void expect(body.length === 0 || body.includes('"error"')).toBe(true);
      expect(answer.seen.usage?.outputTokens).toBeGreaterThan(0);
      expect(answer.seen.textBytes).toBeGreaterThan(0);
    });
  });
}

function split(chunks: readonly Buffer[]): { events: Buffer[]; rest: Buffer[] } {
  const splitter = splitSse();
  const events = chunks.flatMap((chunk) => splitter.push(chunk));
  const rest = splitter.rest();
  return { events, rest: rest ? [rest.bytes] : [] };
}

function chopped(body: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.subarray(at * size, (at + 1) * size));
}

function parsed(event: Buffer): unknown {
  try {
    return JSON.parse(dataOf(event) ?? '');
  } catch {
    return undefined;
  }
}
