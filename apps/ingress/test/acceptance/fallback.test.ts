/**
 * When the first connection does not answer, the second does: each way of failing, streamed and not, with its records in
 * Postgres and Redis. Every case has two connections of its own, because a refusal at a limit closes one for a while.
 */
import type { Fault } from '@sluice/testkit';
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, startSystem } from '../system.ts';
import type { System } from '../system.ts';

const FIRST_BYTE_MS = 700;
const LONG_MS = 600_000;
const CALLERS_OWN = { message: 'temperature is too hot', type: 'invalid_request_error', param: 'temperature', code: 'invalid_value' };

interface Case {
  readonly name: string;
  /** null: connections are refused. */
  readonly fault: Fault | null;
  readonly stream: boolean;
  /** What the audit must say of the first attempt. */
  readonly outcome: 'throttled' | 'failed';
  readonly httpStatus: number | null;
}

const WAYS: readonly Omit<Case, 'stream'>[] = [
  { name: 'throttled', fault: { kind: 'throttle', retryAfterMs: LONG_MS }, outcome: 'throttled', httpStatus: 429 },
  { name: 'broken', fault: { kind: 'status', status: 500 }, outcome: 'failed', httpStatus: 500 },
  { name: 'hanging', fault: { kind: 'hang' }, outcome: 'failed', httpStatus: null },
  { name: 'reset', fault: { kind: 'reset' }, outcome: 'failed', httpStatus: null },
  { name: 'refusing', fault: null, outcome: 'failed', httpStatus: null },
  { name: 'cut', fault: { kind: 'cut', atByte: 0 }, outcome: 'failed', httpStatus: 200 },
];
const CASES: readonly Case[] = WAYS.flatMap((way) => [false, true].map((stream) => ({ ...way, name: `${way.name}-${stream ? 'stream' : 'whole'}`, stream })));
/** Models whose first connection says what no other route could mend, or is not to be left. */
const STAYING = { own: { kind: 'status', status: 400, body: { error: CALLERS_OWN } }, alone: { kind: 'status', status: 500 }, full: { kind: 'throttle', retryAfterMs: LONG_MS } } as const;
const MODELS = [...CASES.map(({ name }) => name), ...Object.keys(STAYING)];

const simulatorOf = (model: string): string => (model.startsWith('refusing') ? '${SIM_2}' : '${SIM_0}');
const connection = (name: string, address: string): string =>
  `  - { name: ${name}, provider: openai-compatible, base_url: "${address}", credentials: { api_key: sk-upstream }, limits: [{ requests: 1000, per: 60s }] }`;
const configuration = `
version: 1
environment: default
connections:
${MODELS.flatMap((model) => [connection(`${model}-first`, simulatorOf(model)), connection(`${model}-second`, '${SIM_1}')]).join('\n')}
priorities: [{ name: normal, reserved: 50, ceiling: 100 }]
resources:
${MODELS.map((model) => `  - { name: ${model}, priority: normal, routes: [{ connection: ${model}-first, model: ${model} }], fallback: [{ connection: ${model}-second, model: other }] }`).join('\n')}
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
`;

let system: System;
let redis: Redis;
beforeAll(async () => {
  const instant = { limits: [], latencyMs: 0, chunkEveryMs: 0 };
  const faults = [...CASES.flatMap(({ name, fault }) => (fault ? [[name, fault] as const] : [])), ...Object.entries(STAYING)];
  system = await startSystem({
    configuration, env: { SLUICE_FIRST_BYTE_MS: String(FIRST_BYTE_MS) },
    simulators: [
      { ...instant, script: faults.map(([model, fault]) => ({ when: { model }, fault })) },
      instant,
      { ...instant, script: [{ when: { fromMs: 0 }, fault: { kind: 'refuse_connections', forMs: LONG_MS } }] },
    ],
  });
  redis = new Redis(system.redisUrl);
});
afterAll(async () => {
  redis?.disconnect();
  await system?.stop();
});

const ask = (model: string, stream: boolean, headers: Readonly<Record<string, string>> = {}) =>
  system.chat({ model, stream, messages: [{ role: 'user', content: 'hello' }] }, { headers });
const callsOf = () => system.simulators.reduce((sum, simulator) => sum + simulator.calls().length, 0);

interface Attempt { readonly attempt: number; readonly connection: string; readonly outcome: string; readonly http_status: number | null }

const attemptsOf = (response: Response, atLeast: number): Promise<readonly Attempt[]> => waitFor(async () => {
  const rows = await system.query<Attempt>(
    'select attempt, connection, outcome, http_status from audit_attempt where job = $1 and exists (select from audit where id = job) order by attempt',
    [response.headers.get('x-request-id')],
  );
  return rows.length >= atLeast ? rows : undefined;
}, { withinMs: 10_000, everyMs: 50, what: `${atLeast} attempts in the audit` });

/** Of one connection: `d…` settled, `r` released. */
const permitsOf = async (connection: string): Promise<readonly string[]> =>
  Object.entries(await redis.hgetall(`sluice:v1:{s0}:permits:${connection}`)).flatMap(([field, state]) => (field.endsWith(':s') ? [state] : []));

describe.each(CASES)('a first connection that is $name', ({ name, stream, outcome, httpStatus }) => {
  test('leaves the answer to the second, with both attempts audited and both permits closed', async () => {
    const response = await ask(name, stream);
    const text = await response.text();
    expect([response.status, response.headers.get('x-sluice-connection'), response.headers.get('x-sluice-attempts')]).toEqual([200, `${name}-second`, '2']);
    if (stream) expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    else expect(JSON.parse(text)).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: expect.stringMatching(/./) } }] });

    const attempts = await attemptsOf(response, 2);
    expect(attempts).toMatchObject([{ attempt: 1, outcome, http_status: httpStatus }, { attempt: 2, outcome: 'completed', http_status: 200 }]);
    expect(attempts[0]?.connection).not.toBe(attempts[1]?.connection);
    for (const { connection } of attempts) expect(await permitsOf(connection), connection).toEqual([expect.stringMatching(/^[dr]/)]);
  });
});

test.each([false, true])('a 400 of the caller\'s own making passes unchanged and is never made again (streamed: %s)', async (stream) => {
  const before = callsOf();
  const response = await ask('own', stream);
  expect([response.status, response.headers.get('x-sluice-attempts')]).toEqual([400, '1']);
  expect(await response.json()).toEqual({ type: 'error', error: CALLERS_OWN, request_id: response.headers.get('x-request-id') });
  expect(await attemptsOf(response, 1)).toMatchObject([{ attempt: 1, outcome: 'failed', http_status: 400 }]);
  expect(callsOf() - before).toBe(1);
});

test('without fallback the error of the first is the answer', async () => {
  const before = callsOf();
  const broken = await ask('alone', false, { 'x-sluice-fallback': 'false' });
  expect([broken.status, broken.headers.get('x-sluice-attempts')]).toEqual([502, '1']);
  expect(await broken.json()).toMatchObject({ error: { type: 'api_error', code: 'provider_error', provider: { status: 500 } } });
  const full = await ask('full', false, { 'x-sluice-fallback': 'false' });
  expect([full.status, full.headers.get('x-sluice-attempts'), full.headers.get('x-should-retry')]).toEqual([429, '1', 'false']);
  expect(await full.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'provider_rate_limited', provider: { status: 429 } } });
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(LONG_MS / 1_000 - 10);
  expect(callsOf() - before).toBe(2);
});
