/** What holds when others fail: no scheduler, no connection, lost messages. */
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainConfiguration, startSystem } from './system.ts';
import type { System } from './system.ts';

const asking = (content: string, more = {}) => ({ model: 'fast', messages: [{ role: 'user', content }], ...more });
const codeOf = async (response: Response) => [response.status, response.headers.get('x-sluice-error'), (await response.json() as { error: { code: string } }).error.code];

/** Connections of this test's database: of ingress' commands, or of its subscription. */
async function cut(system: System, which: 'normal' | 'pubsub'): Promise<void> {
  const redis = new Redis(system.redisUrl);
  const database = ` db=${new URL(system.redisUrl).pathname.slice(1)} `;
  const self = String(await redis.client('ID'));
  const ids = String(await redis.call('CLIENT', 'LIST', 'TYPE', which)).split('\n').filter((line) => line.includes(database)).map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '');
  for (const id of ids) if (id !== self) await redis.client('KILL', 'ID', id);
  redis.disconnect();
}

describe('without a scheduler', () => {
  let system: System;
  beforeAll(async () => { system = await startSystem({ apps: { scheduler: 0, worker: 0 } }); });
  afterAll(() => system?.stop());

  test('a call that does not start in time is refused all the same, and the refusal is remembered', async () => {
    const impatient = () => system.chat(asking('soon'), { headers: { 'x-sluice-max-wait-ms': '200' } });
    expect(await codeOf(await impatient())).toEqual([429, 'queue_timeout', 'queue_timeout']);
    const asked = performance.now();
    expect(await codeOf(await impatient())).toEqual([429, 'queue_timeout', 'queue_timeout']);
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  test('a call whose deadline passes is refused', async () => {
    expect(await codeOf(await system.chat(asking('by then', { sluice: { deadline: 0.5 } })))).toEqual([429, 'queue_timeout', 'queue_timeout']);
  });

  test('a broken connection to Redis is a 503 for whoever waits, and then all is well again', async () => {
    const waiting = [false, true].map((stream) => system.chat(asking(`waiting ${stream}`, { stream })));
    await waitFor(async () => /sluice_open_calls\{[^}]*\} 2/.test(await (await fetch(`${system.url}/metrics`)).text()), { withinMs: 5_000, what: 'both calls wait' });
    await cut(system, 'normal');
    for (const response of await Promise.all(waiting)) expect(await codeOf(response)).toEqual([503, 'unavailable', 'unavailable']);
    await waitFor(async () => (await fetch(`${system.url}/readyz`)).status === 200, { withinMs: 5_000, what: 'ready again' });
    expect(await codeOf(await system.chat(asking('again'), { headers: { 'x-sluice-max-wait-ms': '100' } }))).toEqual([429, 'queue_timeout', 'queue_timeout']);
  });
});

describe('with lost messages', () => {
  let system: System;
  beforeAll(async () => {
    const configuration = plainConfiguration.replace('gpt-4o-mini-instant', 'gpt-4o-latency-0ms-chunk-40ms');
    system = await startSystem({ configuration });
  });
  afterAll(() => system?.stop());
  const text = (stream: string) => stream.replace(/"(id|created|obfuscation)":("[^"]*"|\d+)/g, '');

  test('a stream arrives whole and in order however often its messages are lost', async () => {
    const whole = text(await (await system.chat(asking('same', { stream: true, seed: 1 }))).text());
    const response = await system.chat(asking('same', { stream: true, seed: 1 }));
    const decoder = new TextDecoder();
    let received = '';
    for await (const piece of response.body ?? []) {
      received += decoder.decode(piece as Uint8Array, { stream: true });
      if (/\n\n$/.test(received) && received.split('\n\n').length % 6 === 0) await cut(system, 'pubsub');
    }
    expect(text(received)).toBe(whole);
  });

  test('an end that nobody heard is found after the silence', async () => {
    const response = await system.chat(asking('quiet', { stream: true, metadata: { simulate_output_tokens: '1' } }));
    expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
    const call = system.chat(asking('quieter'));
    await waitFor(async () => (await system.simulators[0]?.calls())?.some(({ outcome, stream }) => outcome === 'answered' && !stream), { withinMs: 10_000, what: 'the provider has answered', everyMs: 1 });
    await cut(system, 'pubsub');
    expect((await call).status).toBe(200);
  });
});
