/** Streams at the clock's edge, on a real socket: the clock is the test's, what arrives is what a client gets. */
import { createServer, get } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { EndError, Head, Job } from '@sluice/domain';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StreamedAnswer } from '../src/call/streamed-answer.ts';
import { WholeAnswer } from '../src/call/whole-answer.ts';

const START = 1_000_000;
const job = {
  id: 'job_01ARZ3NDEKTSV4RRFFQ69G5FAV', resource: 'fast', priority: 'normal', routes: [{ connection: 'c', name: 'main', provider: 'openai', model: 'm' }],
} as unknown as Job; // what an answer reads of it
const head: Head = { status: 200, contentType: 'text/event-stream', attempt: 1, route: 0, queueMs: 5, upstreamRequestId: 'up', warnings: [] };
const failure: EndError = { code: 'queue_timeout', message: 'late', param: null, retryAfterMs: 1_000, provider: null };
const chunk = (text: string) => Buffer.from(`data: {"id":"theirs","model":"m-1","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`);

let server: Server;
let res: ServerResponse;
let answer: StreamedAnswer;
/** What this test's client has of its answer; that of the test before may still be breaking. */
let seen: { answered: IncomingMessage | undefined; received: string; broken: boolean };
let asked = 0;

beforeEach(async () => {
  const mine = { answered: undefined as IncomingMessage | undefined, received: '', broken: false };
  [seen, asked] = [mine, 0];
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = get({ port: (server.address() as AddressInfo).port, headers: { 'x-stainless-lang': 'js' } }); // it listens on TCP
  client.on('response', (incoming) => {
    mine.answered = incoming;
    incoming.on('data', (data: Buffer) => { mine.received += data.toString(); }).on('error', () => { mine.broken = true; });
  });
  client.on('error', () => { mine.broken = true; });
  [, res] = await once(server, 'request') as [IncomingMessage, ServerResponse];
  answer = new StreamedAnswer({ res, job, headers: {}, warnings: ['w'], now: START, askPosition: () => { asked++; } });
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const arrives = (text: string) => waitFor(() => seen.received.includes(text), { withinMs: 2_000, what: `${JSON.stringify(text)} in ${JSON.stringify(seen.received)}` });
const statusArrives = () => waitFor(() => seen.answered?.statusCode, { withinMs: 2_000, what: 'a status' });

test('the provider\'s answer in time has its route in the headers, and arrives byte for byte', async () => {
  answer.head(head);
  answer.data(chunk('a'), 2);
  answer.data(Buffer.from('data: [DONE]\n\n'), 2);
  answer.completed();
  await once(res, 'close');
  await arrives('[DONE]');
  expect(seen.answered?.headers).toMatchObject({ 'x-sluice-route': 'main/m', 'x-sluice-warnings': 'w', 'content-type': 'text/event-stream' });
  expect(seen.received).toBe(`${chunk('a')}data: [DONE]\n\n`);
});

test('a refusal in time has a status of its own', async () => {
  answer.tick(START + 9_000);
  answer.failed(failure, null);
  expect(await statusArrives()).toBe(429);
});

test('after 10 s a 200 is committed, and comments with one line feed show life and position', async () => {
  answer.tick(START + 9_999);
  expect(res.headersSent).toBe(false);
  answer.tick(START + 10_000);
  answer.told({ position: 3, etaMs: 1_200.4, version: 17 });
  await arrives(': queued position=3 eta_ms=1200 version=17\n');
  answer.tick(START + 15_000);
  expect(asked).toBe(1);
  answer.tick(START + 20_000);
  answer.told(undefined);
  await arrives(': waiting for the provider\n');
  expect(asked).toBe(2);
  expect(seen.received).not.toContain('\n\n');
  expect(seen.answered?.statusCode).toBe(200);
});

test('committed early, the way of the call is told in a comment before the first event', async () => {
  answer.tick(START + 10_000);
  answer.head(head);
  answer.data(chunk('a'), 2);
  await arrives('data: ');
  const [comment, ...rest] = seen.received.split('\n');
  expect(JSON.parse(comment?.slice(': sluice '.length) ?? '')).toMatchObject({ 'x-sluice-route': 'main/m', 'x-sluice-queue-ms': 5 });
  expect(rest.join('\n')).toBe(chunk('a').toString());
});

test('after a minute without an event comes one that does nothing, and the chunks behind it have its identity', async () => {
  answer.tick(START + 60_000);
  await arrives('"delta":{},"finish_reason":null');
  const noOp = JSON.parse(seen.received.slice(seen.received.indexOf('data: ') + 6)) as { id: string; model: string };
  expect(noOp).toMatchObject({ id: 'chatcmpl-01ARZ3NDEKTSV4RRFFQ69G5FAV', model: 'fast', choices: [{ index: 0 }] });
  answer.head(head);
  answer.data(chunk('a'), 2);
  await arrives('"content":"a"');
  expect(seen.received.slice(seen.received.lastIndexOf('data: '))).toBe(chunk('a').toString().replace('theirs', noOp.id).replace('m-1', 'fast'));
});

test('in the middle of a stream the event that does nothing has the identity of the chunks before it, which stay as they are', async () => {
  answer.head(head);
  answer.data(chunk('a'), 2);
  answer.tick(performance.now() + 61_000);
  answer.data(chunk('b'), 2);
  await arrives('"content":"b"');
  const events = seen.received.split('\n\n').filter((event) => event !== '');
  expect(JSON.parse(events[1]?.slice(6) ?? '')).toMatchObject({ id: 'theirs', model: 'm-1', choices: [{ index: 0, delta: {}, finish_reason: null }] });
  expect(`${events[2]}\n\n`).toBe(chunk('b').toString());
});

test('a failure after the first byte is an error event and a cut, never a clean end', async () => {
  answer.head(head);
  answer.data(chunk('a'), 2);
  await arrives('"content":"a"');
  answer.failed({ ...failure, code: 'provider_error', message: 'cut' }, null);
  await waitFor(() => seen.broken, { withinMs: 2_000, what: 'the connection breaks' });
  expect(seen.received).toContain('data: {"error":{"message":"cut","type":"api_error","param":null,"code":"provider_error"}}\n\n');
  expect(seen.received).not.toContain('[DONE]');
  expect(seen.answered?.complete).toBe(false);
});

test('a terminator that the provider left out is added, behind an event that it left open', async () => {
  answer.head(head);
  answer.data(Buffer.from('data: {"id":"x"}'), 2);
  answer.completed();
  await arrives('data: {"id":"x"}\n\ndata: [DONE]\n\n');
});

test('an answer that is sent whole keeps clients patient with 102 once a minute, and is whole', async () => {
  let processing = 0;
  const client = get({ port: (server.address() as AddressInfo).port }).on('information', ({ statusCode }) => { if (statusCode === 102) processing++; });
  const response = once(client, 'response');
  const [, other] = await once(server, 'request') as [IncomingMessage, ServerResponse];
  const whole = new WholeAnswer({ res: other, job, headers: {}, warnings: [], processing: true, now: START });
  for (const second of [59, 60, 61, 119, 120]) whole.tick(START + second * 1_000);
  whole.head({ ...head, contentType: 'application/json' });
  whole.data(Buffer.from('{"from":"an attempt that failed"}'));
  whole.head({ ...head, contentType: 'application/json', attempt: 2 });
  whole.data(Buffer.from('{"a":1.0,'));
  whole.data(Buffer.from('"b":2}'));
  whole.completed({ state: 'completed', last: 4, attempts: 2, usage: null, error: null, route: 0, queueMs: 1 });
  const [message] = await response as [IncomingMessage];
  expect(await message.toArray().then((parts: Buffer[]) => Buffer.concat(parts).toString())).toBe('{"a":1.0,"b":2}');
  expect(message.headers).toMatchObject({ 'content-length': '15', 'x-sluice-attempts': '2' });
  expect(processing).toBe(2);
});
