/** Every recorded Chat Completions exchange, played by the simulator: the worker passes on what the provider said, and nothing else. */
import type { Exchange, Simulator } from '@sluice/testkit';
import { loadExchanges, startSimulator } from '@sluice/testkit';
import { DIALECTS, putRight } from '@sluice/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHarness, type Harness } from './harness.ts';

const PROVIDERS = ['openai', 'groq', 'mistral', 'openrouter'];
const loaded = await Promise.all(PROVIDERS.map((provider) => loadExchanges({ provider, wire: 'chat_completions' })));
const reason = loaded.find(({ exchanges }) => exchanges === undefined)?.reason;
/** One was recorded without the body of its answer. */
const exchanges = loaded.flatMap((one) => one.exchanges ?? []).filter(({ request, response: { status, body } }) =>
  request.bodyText !== null && (body.length > 0 || status >= 400));

/** A refusal at a limit closes its connection for a while: it is played on one of its own. */
const isFull = ({ response: { status } }: Exchange): boolean => status === 429;

/** The recording as it is to be heard: what a provider's dialect puts right (which the conformance run judges), and nothing else, may differ. */
function heardOf({ provider, stream, response: { body } }: Exchange): string {
  const dialect = Object.entries(DIALECTS).find(([name]) => name === provider)?.[1];
  return dialect ? putRight(dialect, body.toString(), stream) : body.toString();
}

let simulator: Simulator;
let harness: Harness;
beforeAll(async () => {
  simulator = await startSimulator({ limits: [] });
  harness = await startHarness({
    connections: Object.fromEntries([
      ...PROVIDERS.map((provider) => [provider, { baseUrl: simulator.url, provider }] as const),
      ...exchanges.filter(isFull).map((exchange) => [exchange.id, { baseUrl: simulator.url, provider: exchange.provider }] as const),
    ]),
    limits: { firstByteMs: 5_000 },
  });
});
afterAll(async () => {
  await harness.stop();
  await simulator.stop();
});

const play = async (exchange: Exchange, pieceBytes?: number) => {
  const { provider, request } = exchange;
  // A flawed generation is made once more.
  const times = exchange.response.body.includes('"tool_use_failed"') ? 2 : 1;
  for (let n = 0; n < times; n++) simulator.replay(exchange, pieceBytes === undefined ? {} : { pieceBytes });
  const body = Buffer.from(request.bodyText ?? '');
  // A refusal at a limit is waited out where there is time: here there is none.
  const startBy = isFull(exchange) ? { startBy: harness.queue.now() + 500 } : {};
  const connection = isFull(exchange) ? exchange.id : provider;
  const answer = await harness.ask({
    ...startBy,
    stream: (JSON.parse(request.bodyText ?? '') as { stream?: boolean }).stream === true,
    routes: [{ connection, name: connection, provider, model: 'route-model' }],
  }, body);
  const received = simulator.received().at(-1);
  return { answer, sent: JSON.parse(received?.bodyText ?? 'null') as object, asked: JSON.parse(request.bodyText ?? '') as object };
};

describe.skipIf(reason !== undefined)(`recorded exchanges${reason ? ` (${reason})` : ''}`, () => {
  const isError = (body: Buffer, status: number) => status >= 400 || /(^|\ndata: )\{[^\n]*"error":\s*\{/.test(body.toString());
  const good = exchanges.filter(({ response }) => !isError(response.body, response.status));
  const bad = exchanges.filter(({ response }) => isError(response.body, response.status));

  test('are there', () => expect(good.length).toBeGreaterThan(100));

  test.each(good.map((exchange) => ({ id: exchange.id, exchange })))('$id', async ({ exchange }) => {
    const { answer, sent, asked } = await play(exchange);
    expect(answer.end).toMatchObject({ state: 'completed', attempts: 1, error: null });
    expect(answer.head).toMatchObject({ status: exchange.response.status });
    expect(answer.body).toBe(heardOf(exchange));
    expect(sent).toEqual({ ...asked, model: 'route-model' });
  });

  test('streams torn into small pieces come out the same', async () => {
    for (const exchange of good.filter(({ stream }) => stream).slice(0, 12)) {
      const { answer } = await play(exchange, 97);
      expect(answer.body, exchange.id).toBe(heardOf(exchange));
    }
  });

  test.each(bad.map((exchange) => ({ id: exchange.id, exchange })))('$id', async ({ exchange }) => {
    const { answer } = await play(exchange);
    const { status, body } = exchange.response;
    const text = body.toString();
    expect(answer.end.state).toBe('failed');
    expect(answer.body).not.toContain('[DONE]');
    expect(heardOf(exchange).startsWith(answer.body)).toBe(true);
    const { error } = answer.end;
    if (status === 400) {
      expect(error).toMatchObject({ code: 'invalid_request', provider: { status: 400, body: JSON.parse(text) as unknown } });
    } else if ([401, 402, 403, 404].includes(status)) {
      expect(error?.code).toBe('provider_refused');
      expect(error?.provider?.body).toBeUndefined();
    } else if (status === 429) {
      expect(error?.code).toBe('provider_rate_limited');
    } else {
      expect(['provider_error', 'invalid_request']).toContain(error?.code);
    }
  });
});
