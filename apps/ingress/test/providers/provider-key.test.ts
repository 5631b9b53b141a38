/** A caller with a provider key of its own: used for its call alone, shown to that provider alone, kept nowhere. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, startSystem, type System } from '../system.ts';

const OWN = 'sk-of-the-caller-5d0e';
const POOR = 'sk-of-a-caller-at-its-limit';
const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OURS = { id: 'AKIAOURS', secret: 'ours' };

const configuration = `version: 1
connections:
  - { name: openai, provider: openai, base_url: "\${SIM_0}", credentials: { api_key: sk-ours, organization: ours } }
  - { name: anthropic, provider: anthropic, base_url: "\${SIM_0}", credentials: { api_key: sk-ours } }
  - { name: azure, provider: azure-openai, base_url: "\${ORIGIN_0}", credentials: { entra_token: sk-ours } }
  - { name: vertex, provider: vertex, base_url: "\${ORIGIN_0}", credentials: { access_token: sk-ours, project: p, location: l } }
  - { name: bedrock, provider: aws-bedrock, base_url: "\${ORIGIN_0}", credentials: { access_key_id: ${OURS.id}, secret_access_key: ${OURS.secret}, region: eu-west-1 } }
  - { name: local, provider: ollama, base_url: "\${ORIGIN_0}/local/v1" }
priorities: [{ name: normal, reserved: 50, ceiling: 100 }]
resources:
  - { name: openai, routes: [{ connection: openai, model: gpt-4o-mini }], fallback: [{ connection: anthropic, model: claude-sonnet-4-5 }] }
  - { name: slow, routes: [{ connection: openai, model: gpt-4o-mini-latency-1500ms }] }
  - { name: anthropic, routes: [{ connection: anthropic, model: claude-sonnet-4-5 }] }
  - { name: azure, routes: [{ connection: azure, model: gpt-4o-mini }] }
  - { name: vertex, routes: [{ connection: vertex, model: gemini-2.5-flash }] }
  - { name: bedrock, routes: [{ connection: bedrock, model: "${CLAUDE}" }] }
  - { name: local, routes: [{ connection: local, model: llama3.2 }] }
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
settings: { provider_keys: true, capture: full }
`;

let system: System;
beforeAll(async () => {
  system = await startSystem({
    configuration, simulators: [{
      limits: [], latencyMs: 0, chunkEveryMs: 0, keys: ['sk-ours', '', OWN, POOR], awsKeys: { [OURS.id]: { secret: OURS.secret } },
      script: [{ when: { key: POOR }, fault: { kind: 'throttle', retryAfterMs: 30_000 } }],
    }],
  });
});
afterAll(() => system?.stop());

let asked = 0;
const ask = (model: string, key: string | null, headers: Readonly<Record<string, string>> = {}) => system.chat(
  { model, messages: [{ role: 'user', content: `hello ${++asked}` }] }, { headers: { ...(key === null ? {} : { 'x-sluice-provider-key': key }), ...headers } },
);
const seen = () => system.simulators[0]?.calls().filter(({ status }) => status !== 0).at(-1)?.key;

test.each(['openai', 'anthropic', 'azure', 'vertex', 'bedrock', 'local'])('%s is called with it instead of the connection\'s', async (model) => {
  expect((await ask(model, OWN)).status).toBe(200);
  expect(seen()).toBe(OWN);
  expect((await ask(model, null)).status).toBe(200);
  expect(seen()).toBe(model === 'bedrock' ? OURS.id : model === 'local' ? '' : 'sk-ours');
});

test('no other provider is shown it: without a route at the same one there is no fallback', async () => {
  const response = await ask('openai', 'sk-nobody-knows');
  expect([response.status, response.headers.get('x-sluice-error')]).toEqual([502, 'provider_error']);
  expect(await response.text()).not.toContain('sk-nobody-knows');
  expect(seen()).toBe('sk-nobody-knows');
});

test('a caller at its own limit holds back nobody else', async () => {
  const refused = await ask('anthropic', POOR, { 'x-sluice-max-wait-ms': '500' });
  expect([refused.status, refused.headers.get('x-sluice-error')]).toEqual([429, 'provider_rate_limited']);
  const other = await ask('anthropic', null, { 'x-sluice-max-wait-ms': '2000' });
  expect(other.status).toBe(200);
  expect(Number(other.headers.get('x-sluice-queue-ms'))).toBeLessThan(2_000);
});

test('a call that outlives its connection may not bring one', async () => {
  const given: readonly Readonly<Record<string, string>>[] = [{ 'idempotency-key': 'once' }, { 'x-sluice-mode': 'async' }, { 'x-sluice-resume': 'true' }];
  for (const headers of given) {
    const response = await ask('openai', OWN, headers);
    expect([response.status, (await response.json() as { error: { param: string } }).error.param]).toEqual([400, 'x-sluice-provider-key']);
  }
});

test('it stands nowhere in clear: not while the call runs, nor afterwards', async () => {
  const answer = ask('slow', OWN);
  await expect.poll(seen, { timeout: 10_000 }).toBeDefined();
  expect(await everythingIn(system.redisUrl)).not.toContain(OWN);
  expect((await answer).status).toBe(200);
  for (const table of ['audit', 'audit_attempt', 'job']) {
    expect(JSON.stringify(await system.query(`select to_jsonb(t) from ${table} t`)), table).not.toContain(OWN);
  }
  expect(await everythingIn(system.redisUrl)).not.toContain(OWN);
  expect(system.output()).not.toContain(OWN);
});

async function everythingIn(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const dumps = await Promise.all((await redis.keys('*')).map(async (key) => {
      switch (await redis.type(key)) {
        case 'hash': return redis.hgetall(key);
        case 'string': return redis.get(key);
        case 'stream': return redis.xrange(key, '-', '+');
        case 'set': return redis.smembers(key);
        case 'list': return redis.lrange(key, 0, -1);
        case 'zset': return redis.zrange(key, '0', '-1');
        default: return null;
      }
    }));
    return JSON.stringify(dumps);
  } finally {
    redis.disconnect();
  }
}
