/**
 * Every recorded Chat Completions exchange through the whole system: what the client asked reaches the provider, and what
 * the provider said reaches the client. Without the recordings the project's own fixtures stand for them.
 */
import { loadExchanges, loadFixtures } from '@sluice/testkit';
import type { Exchange } from '@sluice/testkit';
import { DIALECTS, putRight } from '@sluice/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, startSystem } from '../system.ts';
import type { System } from '../system.ts';

const PROVIDERS = ['openai', 'groq', 'mistral', 'openrouter'];
const MODEL = 'route-model';
const loaded = await Promise.all(PROVIDERS.map((provider) => loadExchanges({ provider, wire: 'chat_completions' })));
const reason = loaded.find(({ exchanges }) => exchanges === undefined)?.reason;
const source = reason === undefined ? loaded.flatMap(({ exchanges }) => exchanges ?? []) : await loadFixtures('chat');

type Json = Readonly<Record<string, unknown>>;

/** Of the fixtures: its temperature is refused before any provider is asked. */
const REFUSED_AT_THE_DOOR = 'chat/error_400';
/** One was recorded without the body of its answer, and one without its request. */
const exchanges = source.filter(({ id, request, response }) =>
  request.bodyText !== null && (response.body.length > 0 || response.status >= 400) && id !== REFUSED_AT_THE_DOOR);

/** Data of a stream's events, without what is only there to keep the connection alive. */
const dataOf = (text: string): readonly string[] => text.split(/\r?\n/).filter((line) => line.startsWith('data:'));
/** A stream that carries an error, or a 200 with one as its whole body, has failed as well. */
const failedMidway = ({ response: { body } }: Exchange): boolean => /(^|\ndata: )\{[^\n]*"error":\s*\{/.test(body.toString());
const good = exchanges.filter((exchange) => exchange.response.status < 400 && !failedMidway(exchange));
const midway = exchanges.filter((exchange) => exchange.response.status < 400 && failedMidway(exchange));
const refused = exchanges.filter(({ response }) => response.status >= 400);
/** A refusal at a limit closes its connection for a while, so that each has one of its own. */
const full = refused.filter(({ response }) => response.status === 429);
const wayOf = (exchange: Exchange): string => (full.includes(exchange) ? `${exchange.provider}-full-${full.indexOf(exchange)}` : exchange.provider);
const WAYS = [...PROVIDERS.map((name) => ({ name, provider: name })), ...full.map((exchange) => ({ name: wayOf(exchange), provider: exchange.provider }))];
const named = (list: readonly Exchange[]) => list.map((exchange) => ({ id: exchange.id, exchange }));

let system: System;
beforeAll(async () => {
  system = await startSystem({
    configuration: `
version: 1
environment: default
connections:
${WAYS.map(({ name, provider }) => `  - { name: ${name}, provider: ${provider}, base_url: "\${SIM_0}", credentials: { api_key: sk-upstream }, limits: [{ requests: 10000, per: 60s }] }`).join('\n')}
priorities: [{ name: normal, reserved: 50, ceiling: 100 }]
resources:
${WAYS.map(({ name }) => `  - { name: of-${name}, priority: normal, routes: [{ connection: ${name}, model: ${MODEL} }] }`).join('\n')}
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
`,
  });
});
afterAll(() => system?.stop());

/** A generation that the provider itself found flawed is asked for once more. */
const timesOf = ({ response: { body } }: Exchange): number => (body.includes('"tool_use_failed"') ? 2 : 1);

/** Recordings are of many accounts and hours: what they say of their limits is not true of one connection. */
const withoutLimits = (exchange: Exchange): Exchange => {
  const headers = Object.fromEntries(Object.entries(exchange.response.headers).filter(([name]) => !/ratelimit/i.test(name)));
  return { ...exchange, response: { ...exchange.response, headers } };
};

/** One after another: the next request is answered by the next recording. */
async function play(exchange: Exchange) {
  const [simulator] = system.simulators;
  if (!simulator) throw new Error('there is no simulator');
  for (let n = 0; n < timesOf(exchange); n++) simulator.replay(withoutLimits(exchange));
  const before = simulator.received().length;
  const asked = JSON.parse(exchange.request.bodyText ?? '') as Json;
  // A refusal at a limit is waited out where there is time: here there is none.
  const headers = exchange.response.status === 429 ? { 'x-sluice-max-wait-ms': '400' } : undefined;
  const response = await system.chat({ ...asked, model: `of-${wayOf(exchange)}` }, headers ? { headers } : {});
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

/**
 * The recording as its client is to hear it: what a provider's dialect puts right, and nothing else, may differ. Whether that is right the
 * conformance run judges, with code that shares nothing with the dialects.
 */
function heardOf({ provider, response: { body } }: Exchange, isStream: boolean): string {
  const dialect = Object.entries(DIALECTS).find(([name]) => name === provider)?.[1];
  return dialect ? putRight(dialect, body.toString(), isStream) : body.toString();
}

test('there are enough', () => expect(good.length).toBeGreaterThan(reason === undefined ? 100 : 5));

describe('answers arrive as they were given', () => {
  test.each(named(good))('$id', async ({ exchange }) => {
    const { response, text, broken, asked, received } = await play(exchange);
    const body = heardOf(exchange, asked['stream'] === true);
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
    const { response, text, asked, received } = await play(exchange);
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
    expect(received).toHaveLength(timesOf(exchange));
    for (const { bodyText } of received) expect(JSON.parse(bodyText)).toEqual({ ...asked, model: MODEL });
  });
});

interface SaidUnder200 { readonly error?: { readonly status_code?: number; readonly code?: unknown } }

const parsed = (data: string) => JSON.parse(data.replace(/^data:/, '')) as SaidUnder200; // what providers say there
const isError = (data: string): boolean => data.includes('"error"') && parsed(data).error !== undefined;

describe('answers that are or become an error under a 200', () => {
  test.each(named(midway))('$id', async ({ exchange }) => {
    const { response, text, broken, asked, received } = await play(exchange);
    expect(received.map(({ bodyText }) => JSON.parse(bodyText) as unknown)).toEqual(Array.from({ length: timesOf(exchange) }, () => ({ ...asked, model: MODEL })));
    expect(text).not.toContain('[DONE]');
    const recorded = asked['stream'] === true ? dataOf(heardOf(exchange, true)) : [exchange.response.body.toString()];
    const at = recorded.findIndex(isError);
    if (at === 0) {
      const { error } = parsed(recorded[0] ?? '');
      const status = error?.status_code ?? Number(error?.code);
      const said = JSON.parse(text) as { readonly error: Json };
      expect(response.status).toBe(CALLERS_OWN.includes(status) ? status : expected(status).status);
      if (CALLERS_OWN.includes(status)) expect(said.error).toEqual(error);
      else expect(said.error).toMatchObject({ code: expected(status).code, provider: { status } });
    } else {
      // What came before it arrives, and then one error, in our words, on a connection that breaks.
      expect([response.status, broken]).toEqual([200, true]);
      const events = dataOf(text);
      expect(events.slice(0, -1)).toEqual(recorded.slice(0, at));
      expect(parsed(events.at(-1) ?? '')).toMatchObject({ error: { message: expect.stringMatching(/./), type: expect.stringMatching(/./), code: expect.stringMatching(/./) } });
    }
  });
});
