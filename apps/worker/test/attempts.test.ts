/** Attempts against a provider that behaves and one that does not, through a real Redis. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSimulator, waitFor, type Fault, type Simulator } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SECRET, startHarness, type Harness } from './harness.ts';

const PROMPT = 'a prompt that no log may hold';
const body = (more: object = {}) =>
  ({ model: 'fast', messages: [{ role: 'user', content: PROMPT }], temperature: 1.5, never_heard_of: { x: 1 }, ...more });
const ONE_ROUTE = { routes: [{ connection: 'c1', name: 'c1', provider: 'openai', model: 'm1' }] };
const routeTo = (connection: string) => ({ connection, name: connection, provider: 'openai', model: 'm1' });
const chunksOf = (text: string) => text.split('\n\n').filter((event) => event.startsWith('data: {'));

let first: Simulator;
let second: Simulator;
let harness: Harness;

beforeAll(async () => {
  first = await startSimulator({ limits: [], latencyMs: 5, chunkEveryMs: 1, keepBodies: 50 });
  second = await startSimulator({ limits: [], latencyMs: 5, chunkEveryMs: 1, keepBodies: 50 });
  harness = await startHarness({
    // Of those whose provider refuses at a limit each is used once: nothing goes there until the cooldown is over.
    connections: {
      c1: { baseUrl: first.url }, c2: { baseUrl: second.url }, full1: { baseUrl: first.url }, full2: { baseUrl: second.url }, full3: { baseUrl: first.url },
      full4: { baseUrl: first.url },
    },
    limits: { connectMs: 1_000, firstByteMs: 700, betweenChunksMs: 700 },
  });
});
afterAll(async () => {
  for (const part of [harness, first, second]) await part.stop();
});
afterEach(() => {
  first.script([]);
  second.script([]);
});

const always = (fault: Fault) => first.script([{ when: {}, fault }]);

describe('a provider that behaves', () => {
  test('answers in one piece: the body as it came, its usage, one permit settled', async () => {
    const job = await harness.submit({ stream: false }, body());
    const { head, body: answer, end } = await harness.answerOf(job);
    expect(head).toMatchObject({ status: 200, attempt: 1, route: 0 });
    expect(JSON.parse(answer)).toMatchObject({ object: 'chat.completion' });
    expect(end).toMatchObject({ state: 'completed', attempts: 1, error: null, usage: { source: 'provider' } });
    expect(JSON.parse(first.bodies().at(-1) ?? '')).toEqual({ ...body(), model: 'm1' });
    const [attempt] = await harness.attemptsOf(job);
    expect(attempt).toMatchObject({ outcome: 'completed', connection: 'c1', model: 'm1', httpStatus: 200, errorCode: null });
    expect(attempt?.inputTokens).toBe(end.usage?.inputTokens);
    expect(attempt?.sentAt).toBeLessThanOrEqual(attempt?.firstByteAt ?? 0);
  });

  test('answers in a stream: every event, the terminator last, head before data', async () => {
    const job = await harness.submit({}, body({ stream: true, stream_options: { include_usage: true } }));
    const { body: answer, end } = await harness.answerOf(job);
    expect(answer.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(end).toMatchObject({ state: 'completed', usage: { source: 'provider' } });
    expect(harness.framesOf(job).map(({ kind }) => kind)[0]).toBe('head');
    expect(harness.framesOf(job).length).toBe(end.last + 1);
  });

  test('gives no usage: it is estimated from what was seen', async () => {
    const { end } = await harness.ask({}, body({ stream: true }));
    expect(end.usage).toMatchObject({ source: 'estimated', inputTokens: 50 });
    expect(end.usage?.outputTokens).toBeGreaterThan(0);
  });
});

describe('fallback: the second route answers', () => {
  test.each<[string, Fault, string]>([
    ['500', { kind: 'status', status: 500 }, 'unavailable'],
    ['a hang', { kind: 'hang' }, 'timeout'],
    ['a hang after the headers', { kind: 'hang_before_body' }, 'timeout'],
    ['a reset', { kind: 'reset' }, 'unavailable'],
    ['an error under 200', { kind: 'error_with_200' }, 'unavailable'],
    ['a 401', { kind: 'status', status: 401 }, 'unauthorized'],
  ])('after %s', async (_name, fault, code) => {
    always(fault);
    for (const stream of [false, true]) {
      const job = await harness.submit({ stream }, body({ stream }));
      const { head, end } = await harness.answerOf(job);
      expect(end).toMatchObject({ state: 'completed', attempts: 2, route: 1 });
      expect(head).toMatchObject({ attempt: 2, route: 1 });
      const attempts = await harness.attemptsOf(job);
      expect(attempts.map(({ connection, errorCode }) => [connection, errorCode])).toEqual([['c1', code], ['c2', null]]);
    }
    await waitFor(async () => (await harness.openPermits()) === 0, { withinMs: 2_000, what: 'all permits settled or released' });
  });

  test('after 429 for long, and at once as long as the connection cools down: the call is not even sent', async () => {
    always({ kind: 'throttle', retryAfterMs: 30_000 });
    const before = first.calls().length;
    const routes = [routeTo('full1'), routeTo('c2')];
    const refused = await harness.submit({ routes }, body({ stream: true }));
    expect((await harness.answerOf(refused)).end).toMatchObject({ state: 'completed', attempts: 2, route: 1 });
    const spared = await harness.submit({ routes }, body({ stream: true }));
    expect((await harness.answerOf(spared)).end).toMatchObject({ state: 'completed', attempts: 2, route: 1 });
    expect((await harness.attemptsOf(refused))[0]).toMatchObject({ outcome: 'throttled', httpStatus: 429 });
    expect((await harness.attemptsOf(spared))[0]).toMatchObject({ outcome: 'throttled', httpStatus: null, sentAt: null });
    expect(first.calls().length).toBe(before + 1);
    await waitFor(async () => (await harness.openPermits()) === 0, { withinMs: 2_000, what: 'all permits settled or released' });
  });

  test('after a refused connection, whose permit is given back unsent', async () => {
    first.script([{ when: {}, fault: { kind: 'refuse_connections', forMs: 1_500, dropOpen: true } }]);
    const job = await harness.submit({ stream: false }, body());
    expect((await harness.answerOf(job)).end).toMatchObject({ state: 'completed', attempts: 2 });
    const again = await harness.submit({ stream: false }, body());
    expect((await harness.answerOf(again)).end).toMatchObject({ state: 'completed', attempts: 2 });
    expect((await harness.attemptsOf(again))[0]).toMatchObject({ outcome: 'failed', sentAt: null });
    const isBack = async () => (await fetch(first.url.replace('/v1', '/oracle')).catch(() => undefined))?.ok;
    await waitFor(isBack, { withinMs: 5_000, what: 'the first provider is back' });
  });

  test('but not after a 400 of the caller, which comes back as it was said', async () => {
    const said = { error: { message: 'no such field', type: 'invalid_request_error', param: 'x', code: 'unknown_parameter' } };
    always({ kind: 'status', status: 400, body: said });
    const job = await harness.submit({}, body({ stream: true }));
    const { head, end } = await harness.answerOf(job);
    expect(head).toBeUndefined();
    expect(end).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'invalid_request', provider: { status: 400, body: said } } });
  });

  test('and when all fail the caller gets one error, with when to come again where all are at their limit', async () => {
    always({ kind: 'throttle', retryAfterMs: 90_000 });
    second.script([{ when: {}, fault: { kind: 'throttle', retryAfterMs: 80_000 } }]);
    const { end } = await harness.ask({ stream: false, routes: [routeTo('full3'), routeTo('full2')] }, body());
    expect(end).toMatchObject({ state: 'failed', error: { code: 'provider_rate_limited', retryAfterMs: 80_000 } });
  });
});

test('a short refusal at a limit is waited out on the same route', async () => {
  first.script([{ when: { toCall: 1 }, fault: { kind: 'throttle', retryAfterMs: 300 } }]);
  const job = await harness.submit({ stream: false, routes: [routeTo('full4')] }, body());
  expect((await harness.answerOf(job)).end).toMatchObject({ state: 'completed', attempts: 2, route: 0 });
  const [refused, served] = await harness.attemptsOf(job);
  expect((served?.sentAt ?? 0) - (refused?.endedAt ?? 0)).toBeGreaterThanOrEqual(300);
});

describe('a stream that breaks', () => {
  test.each([0, 1, 40, 200, 400, 600])('cut at byte %i: an error, and no terminator', async (atByte) => {
    always({ kind: 'cut', atByte });
    const { body: answer, end } = await harness.ask(ONE_ROUTE, body({ stream: true }));
    expect(end).toMatchObject({ state: 'failed', error: { code: 'provider_error' } });
    expect(answer).not.toContain('[DONE]');
    expect(answer.length).toBeLessThanOrEqual(atByte);
    expect(answer === '' || answer.endsWith('\n\n')).toBe(true);
  });

  test('cut before its first event it has a second try, cut after it has none', async () => {
    always({ kind: 'cut', atByte: 20 });
    expect((await harness.ask({}, body({ stream: true }))).end).toMatchObject({ state: 'completed', attempts: 2 });
    always({ kind: 'cut', atByte: 600 });
    expect((await harness.ask({}, body({ stream: true }))).end).toMatchObject({ state: 'failed', attempts: 1 });
  });

  test('stalled: the limit between chunks ends it', async () => {
    always({ kind: 'stall', atByte: 600 });
    expect((await harness.ask({}, body({ stream: true }))).end).toMatchObject({ state: 'failed', error: { code: 'provider_error' } });
  });

  test('with an error in the middle: what came before is passed on, and the end tells of the error, once', async () => {
    always({ kind: 'error_in_stream', afterEvents: 2 });
    const { body: answer, end } = await harness.ask({}, body({ stream: true }));
    expect(end).toMatchObject({ state: 'failed', error: { code: 'provider_error' } });
    expect(chunksOf(answer)).toHaveLength(2);
    expect(answer).not.toContain('"error"');
    expect(answer).not.toContain('[DONE]');
  });
});

describe('giving up', () => {
  /** Streams one event, then nothing; tells when the connection goes. */
  let server: Server;
  let slow: Harness;
  let closed: number[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n');
      response.on('close', () => closed.push(performance.now()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    slow = await startHarness({ connections: { c1: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` } }, graceMs: 300 });
  });
  afterAll(async () => {
    await slow.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const begun = (job: Parameters<Harness['framesOf']>[0]) =>
    waitFor(() => slow.framesOf(job).length > 1, { withinMs: 5_000, what: 'the first event' });

  test('a client that goes away reaches the provider within a second, and what was seen is settled', async () => {
    closed = [];
    const job = await slow.submit(ONE_ROUTE, body({ stream: true }));
    await begun(job);
    const at = performance.now();
    await slow.cancel(job);
    await waitFor(() => closed.length > 0, { withinMs: 2_000, what: 'the provider sees it' });
    expect((closed[0] ?? 0) - at).toBeLessThan(1_000);
    expect((await slow.answerOf(job)).end).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
    expect((await slow.attemptsOf(job))[0]).toMatchObject({ outcome: 'cancelled', errorCode: 'client' });
  });

  test('the deadline ends a call that runs', async () => {
    const at = slow.queue.now();
    const { end } = await slow.ask({ ...ONE_ROUTE, deadline: at + 600, startBy: at + 600 }, body({ stream: true }));
    expect(end).toMatchObject({ state: 'expired', error: { code: 'deadline_exceeded' } });
    expect(slow.queue.now() - at).toBeLessThan(2_000);
  });

  test('a worker that stops ends what it cannot finish, and takes no more', async () => {
    const job = await slow.submit(ONE_ROUTE, body({ stream: true }));
    await begun(job);
    await slow.worker.stop();
    expect(slow.worker.running()).toBe(0);
    expect((await slow.answerOf(job)).end).toMatchObject({ state: 'failed', error: { code: 'unavailable' } });
  });
});

test('a worker that stops hands back what has not begun, for another to do', async () => {
  const hanging = await startSimulator({ limits: [], script: [{ when: {}, fault: { kind: 'hang' } }] });
  const stopping = await startHarness({ connections: { c1: { baseUrl: hanging.url } }, graceMs: 200 });
  try {
    const job = await stopping.submit(ONE_ROUTE, body({ stream: true }));
    await waitFor(() => hanging.calls().length > 0 || stopping.worker.running() > 0, { withinMs: 5_000, what: 'the call' });
    await stopping.worker.stop();
    const [attempt] = await stopping.attemptsOf(job);
    expect(attempt).toMatchObject({ outcome: 'lost', errorCode: 'stopping' });
    expect(stopping.framesOf(job)).toEqual([]);
  } finally {
    await stopping.stop();
    await hanging.stop();
  }
});

test('what cannot be sent in time is not sent, and is done under a later permit', async () => {
  const late = await startHarness({ connections: { c1: { baseUrl: first.url } }, sendWithinMs: -1 });
  try {
    const before = first.calls().length;
    const job = await late.submit({ stream: false }, body());
    const attempts = await waitFor(async () => {
      const found = await late.attemptsOf(job);
      return found.length > 0 ? found : undefined;
    }, { withinMs: 5_000, what: 'the attempt' });
    expect(attempts[0]).toMatchObject({ outcome: 'lost', errorCode: 'late', sentAt: null });
    expect(first.calls().length).toBe(before);
  } finally {
    await late.stop();
  }
});

test('no log line holds a prompt, an answer or a credential', () => {
  expect(harness.logged.length).toBeGreaterThan(20);
  const all = harness.logged.join('\n');
  for (const secret of [PROMPT, SECRET, 'never_heard_of']) expect(all).not.toContain(secret);
});
