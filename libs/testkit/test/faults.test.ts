/** Each fault of the script does what it says, and the oracle knows. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, waitFor, type Fault, type Simulator, type When } from '../src/index.ts';
import { ask, chat, type Heard } from './http.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ latencyMs: 0, chunkEveryMs: 0, limits: [] });
});
afterEach(() => {
  simulator.script([]);
  simulator.setLimits([]);
  simulator.resetOracle();
});
afterAll(() => simulator.stop());

const meet = (fault: Fault, when: When = {}): void => simulator.script([{ when, fault }]);
const answer = (more: object = {}): Promise<Heard> => ask(simulator.url, chat(more)).answer;
const lastCall = () => simulator.calls().at(-1);
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => { throw new Error('answered'); }, (error: unknown) => error);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('throttle: 429 with the time to come back, and no limit is charged', async () => {
  meet({ kind: 'throttle', retryAfterMs: 1_500 }, { every: 2 });
  const heard = await answer();
  expect(heard.status).toBe(429);
  expect(heard.headers).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '1500' });
  expect(JSON.parse(heard.body)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  expect((await answer()).status).toBe(200);
  expect(simulator.calls()[0]).toMatchObject({ outcome: 'faulted', fault: 'throttle', charged: false });
});

test('a storm throttles every call for its time', async () => {
  meet({ kind: 'throttle', retryAfterMs: 2_000, stormMs: 1_000 }, { toCall: 1 });
  const statuses = [(await answer()).status, (await answer()).status];
  const inside = await answer();
  expect([...statuses, inside.status]).toEqual([429, 429, 429]);
  expect(Number(inside.headers['retry-after-ms'])).toBeLessThanOrEqual(1_000);
  await waitFor(async () => (await answer()).status === 200, { withinMs: 5_000, what: 'the storm is over' });
});

test('status: any status with any body, and the call is charged', async () => {
  meet({ kind: 'status', status: 503, body: { mine: true }, headers: { 'x-mine': 'yes' } });
  const heard = await answer();
  expect([heard.status, heard.body, heard.headers['x-mine']]).toEqual([503, '{"mine":true}', 'yes']);
  meet({ kind: 'status', status: 500 });
  expect(JSON.parse((await answer()).body)).toMatchObject({ error: { type: 'server_error' } });
  expect(lastCall()).toMatchObject({ outcome: 'faulted', status: 500, charged: true, outputTokens: 0 });
});

test.each<[Fault['kind'], Fault, number | null]>([
  ['hang', { kind: 'hang' }, null],
  ['hang_before_body', { kind: 'hang_before_body' }, 200],
])('%s: nothing comes until the client gives up', async (kind, fault, status) => {
  meet(fault);
  const asking = ask(simulator.url, chat());
  const ended = asking.answer.then((heard) => heard.broken, (error: unknown) => String(error));
  await waitFor(
    () => lastCall()?.fault === kind && asking.sofar().status === status, { withinMs: 2_000, what: 'the call hangs' },
  );
  expect(asking.sofar().body).toBe('');
  expect(lastCall()).toMatchObject({ outcome: 'open', endedAt: null });
  asking.request.destroy();
  expect(await ended).not.toBeNull();
  await waitFor(() => lastCall()?.clientGoneAt, { withinMs: 2_000, what: 'the oracle sees the client go' });
  expect(lastCall()?.outcome).toBe('faulted');
});

test('reset: the connection is reset before a byte', async () => {
  meet({ kind: 'reset' });
  expect(await errorOf(answer())).toMatchObject({ code: 'ECONNRESET' });
});

test('refuse_connections: nobody listens for a time, and then somebody does', async () => {
  meet({ kind: 'refuse_connections', forMs: 1_000 }, { toCall: 1 });
  expect(await errorOf(answer())).toMatchObject({ code: 'ECONNRESET' });
  expect(await errorOf(answer())).toMatchObject({ code: 'ECONNREFUSED' });
  await waitFor(() => answer().then(({ status }) => status === 200, () => false), { withinMs: 5_000, what: 'it listens again' });
});

test('refuse_connections by the clock, with open connections destroyed', async () => {
  simulator.script([{ when: {}, fault: { kind: 'hang' } }]);
  const asking = ask(simulator.url, chat());
  const failed = errorOf(asking.answer);
  await waitFor(() => lastCall()?.fault === 'hang', { withinMs: 2_000, what: 'the call hangs' });
  meet({ kind: 'refuse_connections', forMs: 100, dropOpen: true }, { fromMs: 20 });
  expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  await waitFor(() => answer().then(({ status }) => status === 200, () => false), { withinMs: 5_000, what: 'it listens again' });
});

test('slow_first_byte and latency: later, and nothing else', async () => {
  meet({ kind: 'slow_first_byte', delayMs: 120 });
  const slow = await answer();
  expect(slow.firstByteMs).toBeGreaterThanOrEqual(119);
  meet({ kind: 'latency', latencyMs: 80 });
  expect((await answer()).firstByteMs).toBeGreaterThanOrEqual(79);
  expect(slow.status).toBe(200);
});

describe.each([true, false])('an answer (streamed: %s)', (stream) => {
  test.each([0, 1, 100, 333])('cut: the connection is gone after %i bytes', async (atByte) => {
    const whole = await answer({ stream });
    meet({ kind: 'cut', atByte });
    const heard = await answer({ stream });
    expect(heard.body.length).toBe(atByte);
    // Further on stands the id, which is another for each call.
    expect(heard.body.slice(0, 14)).toBe(whole.body.slice(0, Math.min(14, atByte)));
    expect(heard.broken).not.toBeNull();
    await waitFor(() => lastCall()?.outcome === 'faulted', { withinMs: 1_000, what: 'the oracle knows' });
    expect(lastCall()).toMatchObject({ bytesSent: atByte, clientGoneAt: null });
  });

  test('stall: nothing after byte n, and the connection stays', async () => {
    meet({ kind: 'stall', atByte: 50 });
    const asking = ask(simulator.url, chat({ stream }));
    const heard = asking.answer;
    await waitFor(() => asking.sofar().body.length === 50, { withinMs: 2_000, what: 'fifty bytes arrive' });
    expect(lastCall()).toMatchObject({ outcome: 'open', bytesSent: 50 });
    asking.request.destroy();
    expect((await heard).broken).not.toBeNull();
  });

  test('malformed_json', async () => {
    meet({ kind: 'malformed_json' });
    const heard = await answer({ stream });
    expect([heard.status, heard.broken]).toEqual([200, null]);
    const events = heard.body.split('\n\n').filter((event) => event !== '' && event !== 'data: [DONE]');
    const parts = stream ? events.map((event) => event.slice('data: '.length)) : [heard.body];
    expect(parts.filter((part) => !isJson(part))).toHaveLength(1);
  });
});

test('usage: wrong or missing, while the oracle keeps the truth', async () => {
  meet({ kind: 'usage', usage: { inputTokens: 1_000, outputTokens: 1 } });
  const wrong = JSON.parse((await answer()).body) as { usage: object };
  expect(wrong.usage).toMatchObject({ prompt_tokens: 1_000, completion_tokens: 1, total_tokens: 1_001 });
  expect(lastCall()?.inputTokens).toBeLessThan(20);
  meet({ kind: 'usage', usage: null });
  expect(JSON.parse((await answer()).body)).not.toHaveProperty('usage');
  expect((await answer({ stream: true, stream_options: { include_usage: true } })).body).not.toContain('total_tokens');
});

test('error_in_stream: begins well, then an error, and no terminator', async () => {
  meet({ kind: 'error_in_stream', afterEvents: 3 });
  const heard = await answer({ stream: true });
  const events = heard.body.split('\n\n').filter((event) => event !== '');
  expect(events).toHaveLength(4);
  expect(JSON.parse(events[3]?.slice('data: '.length) ?? '')).toMatchObject({ error: { type: 'server_error' } });
  expect([heard.status, heard.broken]).toEqual([200, null]);
  expect(heard.body).not.toContain('[DONE]');
});

test('error_with_200: a good status and an error body', async () => {
  meet({ kind: 'error_with_200', body: { error: { code: 502, message: 'upstream' } } });
  const heard = await answer();
  expect([heard.status, JSON.parse(heard.body)]).toEqual([200, { error: { code: 502, message: 'upstream' } }]);
});

test('limits: change at a time, and what was used stays used', async () => {
  simulator.setLimits([{ dimension: 'requests', amount: 10, windowMs: 60_000, window: 'sliding' }]);
  expect((await answer()).headers['x-ratelimit-remaining-requests']).toBe('9');
  meet({ kind: 'limits', limits: [{ dimension: 'requests', amount: 2, windowMs: 60_000, window: 'sliding' }] }, { fromMs: 30 });
  await waitFor(
    () => simulator.oracle().limits.some((limit) => limit.until !== null), { withinMs: 2_000, what: 'the limits change' },
  );
  expect((await answer()).headers['x-ratelimit-remaining-requests']).toBe('0');
  expect((await answer()).status).toBe(429);
  expect(simulator.oracle().refusals).toEqual({ 'requests 2/60s sliding': 1 });
});

test('a client that goes away in the middle of a stream is seen at once', async () => {
  const asking = ask(simulator.url, chat({ model: 'm-chunk-100ms-latency-0ms', stream: true }));
  const heard = asking.answer;
  await waitFor(() => asking.sofar().body.includes('data:'), { withinMs: 2_000, what: 'the stream begins' });
  asking.request.destroy();
  await Promise.all([heard, once(asking.request, 'close')]);
  await waitFor(() => lastCall()?.clientGoneAt, { withinMs: 2_000, what: 'the oracle sees the client go' });
  expect(lastCall()).toMatchObject({ outcome: 'client_gone' });
  expect(lastCall()?.outputTokens).toBeLessThan(30);
});
