/** Jobs as their callers see them: handed over, looked at, listed, cancelled, asked for twice. */
import OpenAI from 'openai';
import { startReceiver, waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem } from './system.ts';
import type { System } from './system.ts';

const configuration = plainConfiguration.replace('resources:', `resources:
  - { name: slow, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-20000ms }] }
  - { name: soon, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-700ms }] }`)
  .replace('settings:', '  - { name: other, key: sk-test-other, resources: ["*"], priorities: ["*"] }\nwebhooks: { allow: ["http://127.0.0.1:*"], allow_private: true }\nsettings:');

interface JobObject {
  readonly id: string;
  readonly state: string;
  readonly result?: { readonly id: string; readonly choices: readonly { readonly message: { readonly content: string } }[] } | null;
  readonly [field: string]: unknown;
}

let system: System;
beforeAll(async () => { system = await startSystem({ configuration, wired: true, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0, keepBodies: 10 }] }); });
afterAll(() => system?.stop());

const chat = (content: string, more = {}) => ({ model: 'fast', messages: [{ role: 'user', content }], ...more });
const headers = (more = {}) => ({ authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...more });
const post = (path: string, body: unknown, more = {}) => fetch(system.url + path, { method: 'POST', body: JSON.stringify(body), headers: headers(more) });
const get = (path: string) => fetch(system.url + path, { headers: headers() });
const jobAt = async (response: Response): Promise<JobObject> => (await response.json()) as JobObject; // the API's own shape
const submitted = async (body: object, more = {}): Promise<JobObject> => {
  const response = await post('/v1/jobs', { endpoint: '/v1/chat/completions', body, ...more });
  expect(response.status).toBe(202);
  return jobAt(response);
};
const final = (id: string): Promise<JobObject> => waitFor(async () => {
  const job = await jobAt(await get(`/v1/jobs/${id}`));
  return ['queued', 'running'].includes(job.state) ? undefined : job;
}, { withinMs: 15_000, what: `${id} is final` });
const calls = () => system.simulators[0]?.calls().length ?? 0;
const errorOf = async (response: Response) => ((await response.json()) as { error: { code: string; param: string | null } }).error;

describe('a job', () => {
  test('is handed over once it is committed, and has its answer when it is final', async () => {
    const response = await post('/v1/jobs', { endpoint: '/v1/chat/completions', body: chat('one'), sluice: { tags: ['red'], correlation_id: 'c-1' } });
    const job = await jobAt(response);
    expect([response.status, response.headers.get('location'), response.headers.get('x-request-id')]).toEqual([202, `/v1/jobs/${job.id}`, job.id]);
    expect(job).toMatchObject({ object: 'job', state: 'queued', endpoint: '/v1/chat/completions', mode: 'async', resource: 'fast', tags: ['red'], correlation_id: 'c-1' });
    const done = await final(job.id);
    expect(done).toMatchObject({ state: 'completed', error: null, provider: 'openai-compatible', usage: { total_tokens: expect.any(Number) }, result: { object: 'chat.completion' } });
    expect(done['answer_id']).toBe(done.result?.id);
    const again = await waitFor(async () => {
      const seen = await jobAt(await get(`/v1/jobs/${job.id}`));
      return (seen['attempts'] as unknown[]).length > 0 ? seen : undefined;
    }, { withinMs: 5_000, what: 'the attempt is drained from the journal' });
    expect(again['attempts']).toMatchObject([{ attempt: 1, outcome: 'completed', connection: expect.any(String) }]);
    const result = await get(`/v1/jobs/${job.id}/result`);
    expect([result.status, result.headers.get('x-sluice-resource'), result.headers.get('x-sluice-attempts')]).toEqual([200, 'fast', '1']);
    expect(await result.json()).toEqual(done.result);
  });

  test('tells a webhook of its end, with the answer where that is asked for', async () => {
    const receiver = await startReceiver();
    try {
      const [told, silent] = await Promise.all([true, false].map((inline) =>
        submitted(chat('tell me'), { sluice: { webhook: { url: receiver.url, inline_result: inline } } })));
      await waitFor(() => receiver.received.length === 2, { withinMs: 15_000, what: 'both are told of' });
      const events = new Map(receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: { id: string } }).map((event) => [event.data.id, event]));
      expect(events.get(told?.id ?? '')).toMatchObject({ type: 'job.completed', data: { id: told?.id, result: await (await get(`/v1/jobs/${told?.id}/result`)).json() } });
      expect(events.get(silent?.id ?? '')?.data).toEqual({ id: silent?.id });
    } finally {
      await receiver.stop();
    }
  });

  test('is read by SDKs, and by nobody of another environment or without a key', async () => {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${system.url}/v1`, maxRetries: 0 });
    const job = await client.post<JobObject>('/jobs', { body: { endpoint: '/v1/chat/completions', body: chat('sdk') } });
    expect((await final(job.id)).state).toBe('completed');
    expect((await client.get<JobObject>(`/jobs/${job.id}`)).result?.choices[0]?.message.content).toBeTruthy();
    expect((await fetch(`${system.url}/v1/jobs/${job.id}`)).status).toBe(401);
    expect((await get('/v1/jobs/job_01AAAAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404);
    expect((await get('/v1/jobs/nonsense')).status).toBe(404);
  });

  test('that runs says so, has no result yet, and is cancelled at the provider, once and for all', async () => {
    const before = calls();
    const job = await submitted(chat('cancel', { model: 'slow' }));
    await waitFor(() => calls() > before, { withinMs: 5_000, what: 'the call is at the provider' });
    expect((await jobAt(await get(`/v1/jobs/${job.id}`))).state).toBe('running');
    expect((await get(`/v1/jobs/${job.id}/result`)).status).toBe(202);
    const cancelled = await post(`/v1/jobs/${job.id}/cancel`, {});
    expect([cancelled.status, (await jobAt(cancelled)).state]).toEqual([200, 'cancelled']);
    expect((await jobAt(await post(`/v1/jobs/${job.id}/cancel`, {}))).state).toBe('cancelled');
    await waitFor(() => system.simulators[0]?.calls().at(-1)?.outcome === 'client_gone', { withinMs: 3_000, what: 'the provider sees the call end' });
    expect((await get(`/v1/jobs/${job.id}/result`)).status).toBe(499);
    const done = await submitted(chat('done'));
    await final(done.id);
    expect((await jobAt(await post(`/v1/jobs/${done.id}/cancel`, {}))).state).toBe('completed');
  });

  test('expires at its deadline, whether it waits or runs', async () => {
    const job = await submitted(chat('late', { model: 'slow' }), { sluice: { deadline: 1 } });
    expect(await final(job.id)).toMatchObject({ state: 'expired', error: { code: 'deadline_exceeded' } });
    expect((await get(`/v1/jobs/${job.id}/result`)).status).toBe(504);
  });

  test('that fails tells why, as a call would have', async () => {
    system.simulators[0]?.script([{ when: {}, fault: { kind: 'status', status: 400, body: { error: { message: 'too long', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } } } }]);
    const job = await final((await submitted(chat('bad'))).id);
    system.simulators[0]?.script([]);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'invalid_request' } });
    expect((await get(`/v1/jobs/${job.id}/result`)).status).toBe(400);
  });

  test.each([
    [{ endpoint: '/v1/nothing', body: chat('x') }, 'endpoint'], [{ endpoint: '/v1/chat/completions' }, 'body'],
    [{ endpoint: '/v1/chat/completions', body: { model: 'fast' } }, 'body.messages'], [{ endpoint: '/v1/chat/completions', body: chat('x'), extra: 1 }, null],
    [{ endpoint: '/v1/chat/completions', body: chat('x'), sluice: { priority: 7 } }, 'sluice.priority'],
  ])('%j is refused naming %s', async (body, param) => {
    const response = await post('/v1/jobs', body);
    expect([response.status, (await errorOf(response)).param]).toEqual([400, param]);
  });

  test('its body reaches the provider byte for byte', async () => {
    const text = '{"endpoint":"/v1/chat/completions", "body": { "temperature":1.0, "model" : "fast","sluice":{"tags":["a"]},"new_field":[1e2], "messages":[{"role":"user","content":"h\\u00e9"}]} }';
    const response = await fetch(`${system.url}/v1/jobs`, { method: 'POST', body: text, headers: headers() });
    await final((await jobAt(response)).id);
    expect(system.simulators[0]?.bodies().at(-1)).toBe('{ "temperature":1.0, "model" : "gpt-4o-mini-instant","new_field":[1e2], "messages":[{"role":"user","content":"h\\u00e9"}]}');
  });
});

describe('a completion', () => {
  test.each([{ prefer: 'respond-async' }, { 'x-sluice-mode': 'async' }, { 'x-sluice': '{"mode":"async"}' }])('asked for with %j is a job', async (more) => {
    const response = await post('/v1/chat/completions', chat(`later ${JSON.stringify(more)}`), more);
    const job = await jobAt(response);
    expect([response.status, response.headers.get('vary'), response.headers.get('retry-after')]).toEqual([202, 'Prefer', '2']);
    expect(response.headers.get('preference-applied')).toBe('prefer' in more ? 'respond-async' : null);
    expect(job).not.toHaveProperty('choices');
    expect((await final(job.id)).state).toBe('completed');
  });

  test('with wait=N is answered within that time, or handed over', async () => {
    const quick = await post('/v1/chat/completions', chat('quick'), { prefer: 'respond-async, wait=10' });
    expect([quick.status, (await jobAt(quick))['object']]).toEqual([200, 'chat.completion']);
    const patient = await post('/v1/chat/completions', chat('patient', { model: 'slow' }), { prefer: 'respond-async, wait=1' });
    const job = await jobAt(patient);
    expect([patient.status, patient.headers.get('preference-applied'), job['object']]).toEqual([202, 'respond-async, wait=1', 'job']);
    await post(`/v1/jobs/${job.id}/cancel`, {});
  });

  test('that is streamed is not handed over, and says so', async () => {
    const response = await post('/v1/chat/completions', chat('streamed', { stream: true }), { prefer: 'respond-async' });
    expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([200, 'prefer: ignored, because the call is streamed']);
    expect(await response.text()).toContain('[DONE]');
  });
});

describe('a list', () => {
  test('is newest first, in pages, and filtered', async () => {
    const tag = `list-${Date.now()}`;
    const made: string[] = [];
    for (const index of [0, 1, 2]) made.push((await submitted(chat(`listed ${index}`, index === 1 ? { model: 'slow' } : {}), { sluice: { tags: [tag], correlation_id: `${tag}-${index}` } })).id);
    const listed = async (query: string) => (await (await get(`/v1/jobs?tag=${tag}${query}`)).json()) as { data: JobObject[]; has_more: boolean; last_id: string };
    await Promise.all([made[0] ?? '', made[2] ?? ''].map(final));
    const first = await listed('&limit=2');
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([made.slice(1).toReversed(), true]);
    const second = await listed(`&limit=2&after=${first.last_id}`);
    expect([second.data.map(({ id }) => id), second.has_more]).toEqual([[made[0]], false]);
    await waitFor(async () => (await listed('&state=running')).data.length === 1, { withinMs: 5_000, what: 'one runs' });
    expect((await listed('&state=completed')).data).toHaveLength(2);
    expect((await listed('&state=queued')).data).toHaveLength(0);
    expect((await listed(`&correlation_id=${tag}-2`)).data.map(({ id }) => id)).toEqual([made[2]]);
    expect((await listed('&resource=slow')).data.map(({ id }) => id)).toEqual([made[1]]);
    const answer = (await final(made[0] ?? ''))['answer_id'];
    expect((await listed(`&answer_id=${String(answer)}`)).data.map(({ id }) => id)).toEqual([made[0]]);
    await post(`/v1/jobs/${made[1]}/cancel`, {});
    for (const bad of ['limit=0', 'state=lost', 'tag=a&tag=b']) expect((await get(`/v1/jobs?${bad}`)).status).toBe(400);
  });
});

describe('an idempotency key', () => {
  const keyed = (key: string, content: string, more = {}) => post('/v1/chat/completions', chat(content, more), { 'idempotency-key': key });

  test('makes the same request the same job and the same answer, also while it runs', async () => {
    const before = calls();
    const answers = await Promise.all(Array.from({ length: 5 }, () => keyed('same', 'once', { model: 'soon' })));
    const later = await keyed('same', 'once', { model: 'soon' });
    const all = [...answers, later];
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(new Set(all.map((each) => each.headers.get('x-request-id'))).size).toBe(1);
    const bodies = await Promise.all(all.map((each) => each.text()));
    expect(new Set(bodies).size).toBe(1);
    expect(calls() - before).toBe(1);
  });

  test('streams the same events to both', async () => {
    const before = calls();
    const [one, two] = await Promise.all([keyed('stream', 's', { stream: true }), keyed('stream', 's', { stream: true })]);
    expect(await one?.text()).toBe(await two?.text());
    expect(calls() - before).toBe(1);
  });

  test('is refused for another request, and another caller has keys of its own', async () => {
    expect((await keyed('taken', 'a')).status).toBe(200);
    const other = await keyed('taken', 'b');
    expect([other.status, other.headers.get('x-should-retry'), (await errorOf(other)).code]).toEqual([422, 'false', 'idempotency_conflict']);
    const theirs = await fetch(`${system.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(chat('b')), headers: { authorization: 'Bearer sk-test-other', 'idempotency-key': 'taken' } });
    expect(theirs.status).toBe(200);
  });

  test('works for jobs', async () => {
    const job = () => post('/v1/jobs', { endpoint: '/v1/chat/completions', body: chat('keyed job') }, { 'idempotency-key': 'job' });
    const [one, two] = [await jobAt(await job()), await jobAt(await job())];
    expect(two.id).toBe(one.id);
    expect((await final(one.id)).state).toBe('completed');
  });

  test('is free again after an error that may be tried again', async () => {
    system.simulators[0]?.script([{ when: {}, fault: { kind: 'status', status: 500 } }]);
    const failed = await keyed('again', 'flaky');
    system.simulators[0]?.script([]);
    expect(failed.status).toBe(502);
    expect((await keyed('again', 'flaky')).status).toBe(200);
  });
});

test('without Postgres kept work is not promised, and other calls go on', async () => {
  await system.postgres?.cut();
  const [job, plain] = await Promise.all([post('/v1/jobs', { endpoint: '/v1/chat/completions', body: chat('away') }), post('/v1/chat/completions', chat('still'))]);
  expect([job.status, (await errorOf(job)).code, plain.status]).toEqual([503, 'unavailable', 200]);
  expect(job.headers.get('retry-after')).toBeTruthy();
  await system.postgres?.mend();
  expect((await final((await waitFor(async () => {
    const response = await post('/v1/jobs', { endpoint: '/v1/chat/completions', body: chat('back') });
    return response.status === 202 ? jobAt(response) : undefined;
  }, { withinMs: 10_000, what: 'jobs are accepted again' })).id)).state).toBe('completed');
});
