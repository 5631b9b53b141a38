/** Limits over HTTP: refusals with a right Retry-After, the oracle's count, and what another process may ask. */
import type { Limit } from '@sluice/domain';
import { afterEach, expect, test } from 'vitest';
import { promptOfTokens, startSimulator, waitFor, type Simulator, type SimulatorOptions } from '../src/index.ts';
import { ask, chat, type Heard } from './http.ts';

let simulator: Simulator | undefined;
afterEach(() => simulator?.stop());

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator({ latencyMs: 0, chunkEveryMs: 0, ...options });
  return simulator;
}
const askMany = (at: Simulator, count: number, more: object = {}): Promise<Heard[]> =>
  Promise.all(Array.from({ length: count }, () => ask(at.url, chat(more)).answer));
const statusesOf = (heard: readonly Heard[]): number[] => heard.map(({ status }) => status).sort();
const perSecond = (dimension: Limit['dimension'], amount: number, more: Partial<Limit> = {}): Limit =>
  ({ dimension, amount, windowMs: 1_000, window: 'sliding', ...more });

test.each<[string, Partial<Limit>]>([
  ['sliding', {}], ['fixed', { window: 'fixed' }], ['bucket', { window: 'bucket' }], ['paced', { paceMs: 100 }],
])(
  '%s: whoever waits as Retry-After says is let in, and never sooner than the limit allows', async (_name, more) => {
    const at = await start({ limits: [perSecond('requests', 4, more)] });
    let accepted = 0;
    await waitFor(async () => {
      const heard = await ask(at.url, chat()).answer;
      if (heard.status === 200) accepted += 1;
      else await new Promise((resolve) => setTimeout(resolve, Number(heard.headers['retry-after-ms'])));
      return accepted === 9;
    }, { withinMs: 10_000, what: 'nine calls are answered', everyMs: 0 });
    const report = at.oracle();
    const [limit] = report.limits;
    if (more.window === 'fixed') expect(limit?.maxInAlignedWindow).toBe(4);
    else if (more.window === 'bucket') expect(limit?.maxInAnyWindow).toBeLessThanOrEqual(8);
    else expect(limit?.maxInAnyWindow).toBeLessThanOrEqual(4);
    if (more.paceMs !== undefined) expect(limit?.maxInAnyPace).toBe(1);
    // Every wait but a few was the last: who sleeps exactly so long may wake within the same millisecond.
    expect(report.refused).toBeLessThanOrEqual(2 * 9);
    expect(report.answered).toBe(9);
  },
);

test('the oracle counts refusals by limit, and use over whole windows', async () => {
  const at = await start({
    limits: [perSecond('requests', 5, { windowMs: 200 }), perSecond('concurrency', 50, { windowMs: 0 })],
  });
  const from = performance.timeOrigin + performance.now();
  await waitFor(async () => {
    await askMany(at, 10);
    return performance.timeOrigin + performance.now() - from > 900;
  }, { withinMs: 5_000, what: 'four windows pass' });
  const report = at.oracle();
  const [requests, concurrency] = report.limits;
  expect(report.calls).toBe(report.answered + report.refused);
  expect(report.refusals['requests 5/200ms sliding']).toBe(report.refused);
  expect(requests?.maxInAnyWindow).toBe(5);
  expect(requests?.windows).toBeGreaterThanOrEqual(1);
  expect(requests?.utilisation).toBeGreaterThan(0);
  expect(requests?.utilisation).toBeLessThanOrEqual(1);
  expect(requests?.usedOverWholeWindows).toBe(Math.round((requests?.utilisation ?? 0) * 5 * (requests?.windows ?? 0)));
  expect(concurrency?.maxInAnyWindow).toBeGreaterThanOrEqual(1);
  const span = { fromMs: from, toMs: from + 600 };
  const inSpan = at.calls().filter((call) => call.charged && call.arrivedAt >= span.fromMs && call.arrivedAt < span.toMs);
  expect(at.oracle(span).limits[0]?.usedOverWholeWindows).toBe(inSpan.length);
});

test('tokens: the maximum is charged at admission, and the surplus comes back', async () => {
  const at = await start({ limits: [perSecond('total_tokens', 1_000, { windowMs: 60_000 })] });
  const body = {
    messages: [{ role: 'user', content: promptOfTokens(100) }], max_tokens: 500, metadata: { simulate_output_tokens: '50' },
  };
  const slow = { ...body, model: 'm-latency-800ms' };
  expect(statusesOf(await askMany(at, 2, slow))).toEqual([200, 429]);
  const heard = await ask(at.url, chat(body)).answer;
  expect(heard.status).toBe(200);
  expect(at.oracle().limits[0]).toMatchObject({ maxInAnyWindow: 300 });
  expect(JSON.parse(heard.body)).toMatchObject({ usage: { prompt_tokens: 100, completion_tokens: 50 } });
});

test('tokens as produced: output counts when the call ends', async () => {
  const at = await start({ counting: 'as_produced', limits: [perSecond('output_tokens', 60, { windowMs: 60_000 })] });
  const body = { max_tokens: 500, metadata: { simulate_output_tokens: '50' } };
  expect(statusesOf(await askMany(at, 3, { ...body, model: 'm-latency-500ms' }))).toEqual([200, 200, 200]);
  const refused = await ask(at.url, chat(body)).answer;
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.body)).toMatchObject({ error: { type: 'tokens' } });
  expect(at.oracle().limits[0]?.maxInAnyWindow).toBe(150);
});

test('concurrency is what is open at once, hanging calls included', async () => {
  const at = await start({
    limits: [perSecond('concurrency', 3, { windowMs: 0 })], script: [{ when: { toCall: 3 }, fault: { kind: 'hang' } }],
  });
  const hanging = Array.from({ length: 3 }, () => ask(at.url, chat()));
  const gone = hanging.map(({ answer }) => answer.catch(() => 'gone'));
  await waitFor(() => at.calls().length === 3, { withinMs: 2_000, what: 'three calls hang' });
  expect((await ask(at.url, chat()).answer).status).toBe(429);
  hanging[0]?.request.destroy();
  await waitFor(async () => (await ask(at.url, chat()).answer).status === 200, { withinMs: 2_000, what: 'a place is free' });
  for (const { request } of hanging) request.destroy();
  await Promise.all(gone);
});

test('another process may set limits and scripts, and ask the oracle; keys are shortened', async () => {
  const at = await start({ limits: [] });
  const root = at.url.replace(/\/v1$/, '');
  const post = (path: string, body: unknown) => fetch(`${root}${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect((await post('/limits', [perSecond('requests', 1)])).status).toBe(200);
  await ask(at.url, chat(), { authorization: 'Bearer sk-0123456789abcdef' }).answer;
  expect((await post('/script', [{ fault: { kind: 'status', status: 502 } }])).status).toBe(200);
  expect((await ask(at.url, chat()).answer).status).toBe(502);
  const report = await (await fetch(`${root}/oracle`)).text();
  expect(JSON.parse(report)).toMatchObject({ calls: 2, answered: 1, faulted: 1 });
  expect(await (await fetch(`${root}/calls?last=5`)).json()).toHaveLength(2);
  expect(report + await (await fetch(`${root}/calls`)).text()).not.toContain('0123456789');
  expect((await post('/oracle/reset', {})).status).toBe(200);
  expect(await (await fetch(`${root}/oracle`)).json()).toMatchObject({ calls: 0, limits: [] });
  const wrong = await post('/script', [{ fault: { kind: 'nothing' } }]);
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { param: 'rules[0].fault.kind' } }]);
  expect((await fetch(`${root}/oracle`, { method: 'POST' })).status).toBe(400);
});

test('the oldest calls are forgotten, and said to be', async () => {
  const at = await start({ limits: [], keepCalls: 10, keepBodies: 2 });
  for (let i = 0; i < 15; i += 1) await ask(at.url, chat({ user: `u${i}` })).answer;
  expect(at.oracle()).toMatchObject({ calls: 15 });
  expect(at.oracle().forgotten).toBeGreaterThanOrEqual(3);
  expect(at.calls().length + at.oracle().forgotten).toBe(15);
  expect(at.bodies().map((body) => (JSON.parse(body) as { user: string }).user)).toEqual(['u13', 'u14']);
});
