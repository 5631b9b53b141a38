import type { Frame, Head } from '@sluice/domain';
import { providers } from '@sluice/providers';
import { describe, expect, test } from 'vitest';
import { exampleGrant, exampleJob, NOW } from '../test/examples.ts';
import { passedOn } from './answering.ts';
import { countFrames } from './frames.ts';
import { readStream } from './read-stream.ts';
import type { Reading } from './reader.ts';

const chunk = (content: string, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more })}\n\n`;
const FINISH = `data: ${JSON.stringify({
  id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 2 },
})}\n\n`;
const DONE = 'data: [DONE]\n\n';

interface Read {
  readonly published: readonly Frame[];
  readonly reading: Reading;
  readonly last: number;
  readonly done: boolean;
}

function read(pieces: readonly (string | Buffer)[], given: { provider?: string; failure?: 'cut' | null } = {}): Read {
  const provider = providers.get(given.provider ?? 'openai');
  if (!provider) throw new Error('no such provider');
  const published: Frame[] = [];
  const frames = countFrames(exampleJob());
  let done = false;
  const reader = readStream({
    job: exampleJob(), granted: exampleGrant(), provider, answering: passedOn('chat'), warnings: [], frames, sentAt: NOW + 40,
    head: { status: 200, headers: { 'content-type': 'text/event-stream', 'x-request-id': 'r1' }, at: NOW + 50 },
    publish: (more) => {
      published.push(...more);
      return Promise.resolve();
    },
    onDone: () => {
      done = true;
    },
  });
  for (const piece of pieces) void reader.take(Buffer.from(piece));
  const reading = reader.conclude(given.failure ?? null);
  return { published, reading, last: frames.last(), done };
}

const bytesOf = (frames: readonly Frame[]): string => frames.filter(({ kind }) => kind === 'data').map(({ data }) => String(data)).join('');

describe('a whole stream', () => {
  const { published, reading, last, done } = read([chunk('Hel'), chunk('lo'), FINISH, DONE]);

  test('is passed on event by event, the terminator with the end', () => {
    expect(published.map(({ kind }) => kind)).toEqual(['head', 'data', 'data', 'data']);
    expect(published.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(bytesOf(published)).toBe(chunk('Hel') + chunk('lo') + FINISH);
    expect(reading.frames).toMatchObject([{ seq: 5, kind: 'data', data: Buffer.from(DONE) }]);
    expect(last).toBe(5);
    expect(done).toBe(true);
  });

  test('is completed with the usage it gave', () => {
    const usage = { inputTokens: 5, cachedInputTokens: 0, outputTokens: 2, reasoningTokens: 0, source: 'provider' };
    expect(reading.outcome).toEqual({ kind: 'completed', usage });
  });

  test('has a head that tells the route', () => {
    const head = JSON.parse(String(published[0]?.data)) as Head;
    expect(head).toEqual({ status: 200, contentType: 'text/event-stream', attempt: 1, route: 0, queueMs: 40, upstreamRequestId: 'r1', warnings: [] });
  });
});

test('without usage it is estimated, and says so', () => {
  const { reading } = read([chunk('Hello there'), DONE]);
  expect(reading.outcome).toMatchObject({ kind: 'completed', usage: { inputTokens: 50, outputTokens: 3, source: 'estimated' } });
  expect(reading.usage).toBeNull();
});

test('cut at any byte: what came is passed on, the terminator never, and the outcome is no success', () => {
  const whole = chunk('Hel') + chunk('lo') + FINISH + DONE;
  const done = whole.length - DONE.length;
  for (let at = 0; at < whole.length; at++) {
    for (const failure of ['cut', null] as const) {
      const { published, reading } = read([whole.slice(0, at)], { failure });
      const passedOn = bytesOf([...published, ...reading.frames]);
      expect(whole.startsWith(passedOn)).toBe(true);
      // The terminator without its blank line is one, where the answer ended as its framing says.
      const terminated = failure === null && at >= done + 'data: [DONE]'.length;
      expect(passedOn.includes('[DONE]'), `byte ${at}, ${failure}`).toBe(terminated);
      expect(reading.outcome?.kind === 'completed', `byte ${at}, ${failure}`).toBe(terminated);
      if (failure === null && !terminated) expect(reading.outcome).toMatchObject({ kind: 'failed', failure: 'cut' });
      expect(reading.begun).toBe(at >= chunk('Hel').length);
    }
  }
});

test('a provider that need not send a terminator is done after a finish reason, and only then', () => {
  expect(read([chunk('a'), FINISH], { provider: 'openai-compatible' }).reading.outcome).toMatchObject({ kind: 'completed' });
  expect(read([chunk('a')], { provider: 'openai-compatible' }).reading.outcome).toMatchObject({ kind: 'failed', failure: 'cut' });
  expect(read([chunk('a'), FINISH], { provider: 'openai-compatible', failure: 'cut' }).reading.outcome).toBeNull();
  const noBlankLine = read([chunk('a'), FINISH.trimEnd()], { provider: 'openai-compatible' });
  expect(bytesOf([...noBlankLine.published, ...noBlankLine.reading.frames])).toBe(chunk('a') + FINISH.trimEnd());
});

describe('an error in the stream', () => {
  const error = 'event: error\ndata: {"error":{"message":"no","code":"tool_use_failed","status_code":400}}\n\n';

  test('in place of the first event leaves the answer unbegun, comments or not', () => {
    const { published, reading, done } = read([': PROCESSING\n\n', error, DONE], { provider: 'groq' });
    expect(published).toEqual([]);
    expect(reading).toMatchObject({ begun: false, frames: [], outcome: { kind: 'failed', failure: 'bad_generation', tryNext: 'same' } });
    expect(done).toBe(true);
  });

  test('after the first ends what is passed on: the edge tells it, once', () => {
    const { published, reading } = read([chunk('a'), error, DONE], { provider: 'groq' });
    expect(bytesOf([...published, ...reading.frames])).toBe(chunk('a'));
    expect(reading).toMatchObject({ begun: true, outcome: { kind: 'failed' } });
  });

  test('keeps the usage it carries', () => {
    const last = { error: { code: 502, message: 'x' }, usage: { prompt_tokens: 43, completion_tokens: 10 } };
    const { reading } = read([chunk('a'), `data: ${JSON.stringify(last)}\n\n`]);
    expect(reading.outcome).toMatchObject({ kind: 'failed', failure: 'unavailable', usage: { inputTokens: 43, outputTokens: 10 } });
  });
});

test('comments before the answer come with its first event, in order; an event that never ends is given up', () => {
  const { published } = read([': a\n\n', ': b\n\n', chunk('x')]);
  expect(bytesOf(published)).toBe(`: a\n\n: b\n\n${chunk('x')}`);
  const endless = read([chunk('x'), Buffer.alloc(17 * 1024 * 1024, 'y')]);
  expect(endless.done).toBe(true);
  expect(endless.reading.outcome).toMatchObject({ kind: 'failed' });
});

test('while Redis is behind the provider is held back, and only then', async () => {
  let keep: () => void = () => undefined;
  const provider = providers.get('openai');
  if (!provider) throw new Error('no such provider');
  const reader = readStream({
    job: exampleJob(), granted: exampleGrant(), provider, answering: passedOn('chat'), warnings: [],
    frames: countFrames(exampleJob()), sentAt: NOW,
    head: { status: 200, headers: {}, at: NOW },
    publish: () => new Promise((resolve) => {
      keep = resolve;
    }),
    onDone: () => undefined,
  });
  const event = Buffer.from(chunk('x'.repeat(60_000)));
  for (let n = 0; n < 4; n++) expect(reader.take(event)).toBeUndefined();
  const heldBack = reader.take(event);
  expect(heldBack).toBeInstanceOf(Promise);
  keep();
  await heldBack;
});
