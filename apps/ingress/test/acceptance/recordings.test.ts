/**
 * Every recorded Chat Completions exchange through the whole system: what the client asked reaches the provider, and what
 * the provider said reaches the client. Without the recordings the project's own fixtures stand for them.
 */
import { loadExchanges, loadFixtures } from '@sluice/testkit';
import type { Exchange } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, startSystem } from '../system.ts';
import type { System } from '../system.ts';

const PROVIDERS = ['openai', 'groq', 'mistral', 'openrouter'];
const MODEL = 'route-model';
const loaded = await Promise.all(PROVIDERS.map((provider) => loadExchanges({ provider, wire: 'chat_completions' })));
const reason = loaded.find(({ exchanges }) => exchanges === undefined)?.reason;
const source = reason === undefined ? loaded.flatMap(({ exchanges }) => exchanges ?? []) : await loadFixtures('chat');

type Json = Readonly<Record<string, unknown>>;

/** One was recorded without the body of its answer, and one asked for with no body at all. */
const exchanges = source.filter(({ request, response }) => request.bodyText !== null && (response.body.length > 0 || response.status >= 400));

/** Data of a stream's events, without what is only there to keep the connection alive. */
const dataOf = (text: string): readonly string[] => text.split(/\r?\n/).filter((line) => line.startsWith('data:'));
/** A stream that carries an error, or a 200 with one as its whole body, has failed as well. */
const failedMidway = ({ response: { body } }: Exchange): boolean => /(^|\ndata: )\{[^\n]*"error":\s*\{/.test(body.toString());
const good = exchanges.filter((exchange) => exchange.response.status < 400 && !failedMidway(exchange));
const midway = exchanges.filter((exchange) => exchange.response.status < 400 && failedMidway(exchange));
const refused = exchanges.filter(({ response }) => response.status >= 400);
const named = (list: readonly Exchange[]) => list.map((exchange) => ({ id: exchange.id, exchange }));

let system: System;
beforeAll(async () => {
  system = await startSystem({
    configuration: `
version: 1
environment: default
connections:
${PROVIDERS.map((name) => `  - { name: ${name}, provider: ${name}, base_url: "\${SIM_0}", credentials: { api_key: sk-upstream }, limits: [{ requests: 10000, per: 60s }] }`).join('\n')}
priorities: [{ name: normal, reserved: 50, ceiling: 100 }]
resources:
${PROVIDERS.map((name) => `  - { name: of-${name}, priority: normal, routes: [{ connection: ${name}, model: ${MODEL} }] }`).join('\n')}
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
`,
  });
});
afterAll(() => system?.stop());

/** One after another: the next request is answered by the next recording. */
async function play(exchange: Exchange, times = 1) {
  const [simulator] = system.simulators;
  if (!simulator) throw new Error('there is no simulator');
  for (let n = 0; n < times; n++) simulator.replay(exchange);
  const before = simulator.received().length;
  const asked = JSON.parse(exchange.request.bodyText ?? '') as Json;
  // A refusal at a limit is waited out where there is time: here there is none.
  const headers = exchange.response.status === 429 ? { 'x-sluice-max-wait-ms': '400' } : undefined;
  const response = await system.chat({ ...asked, model: `of-${exchange.provider}` }, headers ? { headers } : {});
  let broken = false;
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true }); // bytes, by fetch's own types
  } catch {
    broken = true;
  }
  return { response, text, broken, asked, received: simulator.received().slice(before) };
}

test('there are enough', () => expect(good.length).toBeGreaterThan(reason === undefined ? 100 : 5));

describe('answers arrive as they were given', () => {
  test.each(named(good))('$id', async ({ exchange }) => {
    const { response, text, broken, asked, received } = await play(exchange);
    const body = exchange.response.body.toString();
    expect([response.status, response.headers.get('x-sluice-attempts'), broken]).toEqual([exchange.response.status, '1', false]);
    if (asked['stream'] === true) expect(dataOf(text)).toEqual(dataOf(body));
    else expect(JSON.parse(text)).toEqual(JSON.parse(body));
    expect(received.map(({ bodyText }) => JSON.parse(bodyText) as unknown)).toEqual([{ ...asked, model: MODEL }]);
  });
});

/** The statuses whose error object is the caller's to read. */
const CALLERS_OWN = [400, 413, 422];

/** docs/errors.md, for what a provider answered. */
function expected(status: number): { readonly status: number; readonly code: string; readonly type: string } {
  if (status === 429) return { status: 429, code: 'provider_rate_limited', type: 'rate_limit_error' };
  return { status: 502, code: 'provider_error', type: 'api_error' };
}

describe('refusals', () => {
  test.each(named(refused))('$id', async ({ exchange }) => {
    const { status, body } = exchange.response;
    const flawed = body.includes('"tool_use_failed"'); // a flawed generation is made once more
    const { response, text, asked, received } = await play(exchange, flawed ? 2 : 1);
    const said = JSON.parse(text) as { readonly error: Json; readonly request_id: string };
    expect(said.request_id).toBe(response.headers.get('x-request-id'));
    if (CALLERS_OWN.includes(status)) {
      const recorded = JSON.parse(body.toString()) as Json;
      expect(response.status).toBe(status);
      expect(said.error).toEqual(recorded['error'] ?? recorded);
    } else {
      const { status: ours, ...error } = expected(status);
      expect(response.status).toBe(ours);
      expect(said.error).toMatchObject({ ...error, provider: { status } });
      if ([401, 402, 403].includes(status)) expect(response.headers.get('x-should-retry')).toBe('false');
      if (ours === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(received).toHaveLength(flawed ? 2 : 1);
    for (const { bodyText } of received) expect(JSON.parse(bodyText)).toEqual({ ...asked, model: MODEL });
  });
});

describe('answers that turn into an error', () => {
  test.each(named(midway))('$id', async ({ exchange }) => {
    const { response, text, asked, received } = await play(exchange);
    const recorded = dataOf(exchange.response.body.toString());
    expect(received.map(({ bodyText }) => JSON.parse(bodyText) as unknown)).toEqual([{ ...asked, model: MODEL }]);
    expect(text).not.toContain('[DONE]');
    if (response.status === 200) {
      const events = dataOf(text);
      expect(events.length).toBeGreaterThan(1);
      expect(events.slice(0, -1)).toEqual(recorded.slice(0, events.length - 1));
      expect(JSON.parse(events.at(-1)?.slice('data:'.length) ?? '')).toMatchObject({ error: { message: expect.stringMatching(/./) } });
    } else {
      expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringMatching(/./), type: expect.stringMatching(/./) } });
      expect(response.status).toBeGreaterThanOrEqual(400);
    }
  });
});
