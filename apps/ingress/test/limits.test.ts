/** What a caller's own limits do to a call, and what is told of a wait: the whole system, from the outside. */
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem, type System } from './system.ts';

const BUDGET_KEY = 'sk-test-with-a-budget';
const configuration = plainConfiguration
  .replace('limits: [{ requests: 10000, per: 60s }]', 'limits: [{ requests: 3, per: 30s }]')
  .replace('settings:', `  - { name: budget, key: ${BUDGET_KEY}, limits: [{ requests: 2, per: 1h }, { requests: 50, per: 60s }] }\nsettings:`);

let system: System;
beforeAll(async () => { system = await startSystem({ configuration, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0 }] }); }, 60_000);
afterAll(async () => { await system.stop(); }, 30_000);

const body = (text: string) => ({ model: 'fast', messages: [{ role: 'user', content: text }] });
const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

test('a budget that is used up refuses at the door with the time of its reset', async () => {
  for (const number of [1, 2]) {
    const answer = await system.chat(body(`within the budget ${number}`), withKey(BUDGET_KEY));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toContain('q=2;w=3600');
  }
  const refused = async (text: string) => {
    const answer = await system.chat(body(text), withKey(BUDGET_KEY));
    return answer.status === 429 ? answer : undefined;
  };
  const answer = await waitFor(() => refused('beyond it'), { withinMs: 10_000, what: 'the refusal' });
  expect(answer?.headers.get('x-sluice-error')).toBe('rate_limit_exceeded');
  expect(answer?.headers.get('x-should-retry')).toBe('false');
  expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(3_000);
  expect(answer?.headers.get('ratelimit-policy')).toContain('q=2;w=3600');
  expect(((await answer?.json()) as { error: { message: string } }).error.message).toMatch(/limit of this API key, 2 requests in 1 h, is used up until 20/);
  const rows = await system.query<{ charged: number }>('select charged from budget_slice');
  expect(rows.reduce((sum, { charged }) => sum + charged, 0)).toBe(2);
}, 60_000);

test('a waiting job is explained by the limit it waits for, to its own environment alone', async () => {
  const calls = Array.from({ length: 4 }, (_, i) => system.chat(body(`one of four ${i}`), { headers: { authorization: `Bearer ${KEY}`, 'x-sluice-max-wait-ms': '20000' } }));
  const ask = async (path: string, init: RequestInit = {}) => fetch(`${system.url}/v1${path}`, { ...init, headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' } });
  const created = await ask('/jobs', { method: 'POST', body: JSON.stringify({ endpoint: '/v1/chat/completions', body: body('later') }) });
  const { id } = (await created.json()) as { id: string };
  const told = await waitFor(async () => {
    const answer = (await (await ask(`/jobs/${id}/explain`)).json()) as { constraint: { kind: string } | null };
    return answer.constraint === null || answer.constraint.kind === 'lane_unknown' ? undefined : answer;
  }, { withinMs: 10_000, what: 'an explanation' });
  expect(told).toMatchObject({ object: 'job.explanation', id, state: 'queued', connection: 'main', version: expect.any(Number), sentence: expect.any(String) });
  expect((await ask('/jobs/job_nothing/explain')).status).toBe(404);
  await ask(`/jobs/${id}/cancel`, { method: 'POST' });
  expect(await (await ask(`/jobs/${id}/explain`)).json()).toMatchObject({ state: 'cancelled', constraint: null });
  await Promise.all(calls);
}, 60_000);
