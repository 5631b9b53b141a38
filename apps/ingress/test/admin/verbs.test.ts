/** What operators see and do on a running system: what waits and why, pausing, keys, cancelling, files, webhooks, usage. */
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem, type System } from '../system.ts';
import { makeFirstOperator, signIn, type Session, type Told } from './operators.ts';

const configuration = plainConfiguration.replace('resources:', `  - { name: spare, reserved: 0, ceiling: 100 }
resources:
  - { name: slow, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-20000ms }] }`)
  .replace('settings:', 'webhooks: { allow: ["https://hooks.example.com"] }\nsettings:');

let system: System;
let admin: Session;
beforeAll(async () => {
  system = await startSystem({ configuration });
  await makeFirstOperator(system);
  admin = await signIn(system.url);
});
afterAll(() => system?.stop());

const get = async (path: string): Promise<Told> => {
  const { status, body } = await admin.request('GET', path);
  expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  return body;
};
const post = (path: string, body: unknown = {}, headers = {}) => admin.request('POST', path, body, headers);
const chat = (model = 'fast', headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal) =>
  system.chat({ model, messages: [{ role: 'user', content: 'hello' }] }, { headers, ...(signal ? { signal } : {}) });
const submit = async (model: string, tags: readonly string[] = []): Promise<string> => {
  const response = await fetch(`${system.url}/v1/jobs`, {
    method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ endpoint: '/v1/chat/completions', body: { model, messages: [{ role: 'user', content: 'hi' }] }, sluice: { tags } }),
  });
  return ((await response.json()) as { id: string }).id;
};
const queue = async (): Promise<Told | undefined> => (await get('/queues')).data[0];
const lane = async (): Promise<Told | undefined> => ((await queue())?.['lanes'] as readonly Told[] | undefined)?.[0]; // the API's shape
const waiting = (count: number) => waitFor(async () => (await queue())?.['waiting'] === count, { withinMs: 10_000, what: `${count} jobs wait` });

describe('a paused connection', () => {
  test('holds what comes and says why, to whoever looks; resumed, it sends them', async () => {
    expect((await post('/connections/main/pause?dry_run=true')).body).toMatchObject({ dry_run: true, action: 'paused', before: { state: 'enabled' } });
    expect((await queue())?.['state']).toBe('enabled');
    expect((await post('/connections/main/pause')).body).toMatchObject({ action: 'paused', after: { state: 'paused' } });
    const calls = [chat(), chat(), chat()];
    const job = await submit('fast', ['held']);
    await waiting(4);
    expect(await lane()).toMatchObject({ priority: 'normal', tenant: 'test', waiting: 4, running: 0, reason: { kind: 'paused', text: 'The connection is paused.' } });
    const seen = await waitFor(async () => { const told = await get(`/jobs/${job}`); return told['explanation'] ? told : undefined; }, { withinMs: 5_000, what: 'the job is explained' });
    expect(seen).toMatchObject({ state: 'queued', key: 'test', explanation: { connection: 'main', reason: 'paused', text: expect.stringMatching(/paused/) } });
    expect((await get('/findings')).data).toContainEqual(expect.objectContaining({ severity: 'warning', about: 'connection main', text: expect.stringContaining('4 jobs wait') }));
    expect((await get('/jobs?state=queued')).data.length).toBe(4);
    await post('/connections/main/resume');
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await waitFor(async () => (await get(`/jobs/${job}`))['state'] === 'completed', { withinMs: 10_000, what: 'the job is done' });
    expect((await get('/admin-events?kind=connection')).data.slice(0, 2)).toMatchObject([{ action: 'resumed', actor: 'ada', before: { state: 'paused' } }, { action: 'paused' }]);
  });

  test('is told live: a snapshot, then what changes', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${system.url}/admin/v1/live`, { headers: { cookie: admin.cookie }, signal: leaving.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events: { name: string; data: { queues: { state: string; connection: string }[] } }[] = [];
    const reading = (async () => {
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString();
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const [name = '', data = ''] = text.slice(0, end).split('\n');
          events.push({ name: name.slice(7), data: JSON.parse(data.slice(6)) });
          text = text.slice(end + 2);
        }
      }
    })().catch(() => undefined); // it is broken off below
    await waitFor(() => events.length >= 2, { withinMs: 10_000, what: 'a snapshot and a change' });
    expect(events.map(({ name }) => name).slice(0, 2)).toEqual(['snapshot', 'change']);
    expect(events[0]?.data.queues).toMatchObject([{ connection: 'main', state: 'enabled' }]);
    await post('/connections/main/pause');
    await waitFor(() => events.some(({ name, data }) => name === 'change' && data.queues.some(({ state }) => state === 'paused')), { withinMs: 10_000, what: 'the pause is told' });
    await post('/connections/main/resume');
    leaving.abort();
    await reading;
  });
});

describe('cancelling', () => {
  test('tells how many before it does, and ends what waits and what runs, of either kind', async () => {
    const running = await submit('slow', ['bulk']);
    await waitFor(async () => (await get(`/jobs/${running}`))['state'] === 'running', { withinMs: 10_000, what: 'one runs' });
    await post('/connections/main/pause');
    const held = await Promise.all([submit('slow', ['bulk']), submit('slow', ['bulk']), submit('slow', ['other'])]);
    const sync = chat('slow', { 'x-sluice-tags': 'bulk' });
    await waiting(4);
    const dry = await post('/jobs/cancel?dry_run=true', { tag: 'bulk' });
    expect(dry.body).toMatchObject({ dry_run: true, matched: 4, cancelled: 0, more: false });
    expect((await post('/jobs/cancel', { tag: 'bulk', state: 'queued', priority: 'urgent' })).body).toMatchObject({ matched: 0 });
    expect((await post('/jobs/cancel', { tag: 'bulk' })).body).toMatchObject({ matched: 4, cancelled: 4 });
    expect((await sync).status).toBe(499);
    for (const id of [running, ...held.slice(0, 2)]) expect((await get(`/jobs/${id}`))['state']).toBe('cancelled');
    expect((await get(`/jobs/${held[2]}`))['state']).toBe('queued');
    expect((await post(`/jobs/${held[2]}/cancel`)).body).toMatchObject({ cancelled: 1 });
    expect((await post(`/jobs/${held[2]}/cancel`)).body).toMatchObject({ cancelled: 0 });
    await post('/connections/main/resume');
    expect((await post('/jobs/cancel', {})).body.error.code).toBe('invalid_request');
    expect((await post('/jobs/cancel', { connection: 'misspelt' })).status).toBe(404);
    const events = await get('/admin-events?kind=job&limit=2');
    expect(events.data).toMatchObject([{ action: 'cancelled', name: held[2] }, { action: 'cancelled', name: '*', before: { tag: 'bulk' }, after: { cancelled: 4 } }]);
  });
});

test('a lane longer than what its owner has before it is counted rightly when it is emptied while nothing moves', async () => {
  await post('/connections/main/pause');
  const ids = await Promise.all(Array.from({ length: 40 }, () => submit('fast', ['many'])));
  await waiting(40);
  expect((await post('/jobs/cancel', { tag: 'many' })).body).toMatchObject({ matched: 40, cancelled: 40 });
  await waiting(0);
  await post('/connections/main/resume');
  expect((await get(`/jobs/${ids[0]}`))['state']).toBe('cancelled');
});

describe('keys', () => {
  const works = async (key: string): Promise<number> => (await chat('fast', { authorization: `Bearer ${key}` })).status;

  test('are told once, work at once, and stop at once when rotated, disabled or deleted', async () => {
    expect((await post('/keys?dry_run=true', { name: 'team' })).body).not.toHaveProperty('key');
    const made = await post('/keys', { name: 'team', resources: ['fast'], weight: 2 });
    const key = String(made.body['key']);
    expect([made.status, await works(key)]).toEqual([201, 200]);
    expect(JSON.stringify(await get('/keys'))).not.toContain(key);
    const rotated = String((await post('/keys/team/rotate')).body['key']);
    expect([await works(key), await works(rotated)]).toEqual([401, 200]);
    const listed = (await get('/keys')).data.find(({ name }) => name === 'team');
    const stale = listed?.['etag'];
    const patch = (etag: unknown, body: object) => admin.request('PATCH', '/keys/team', body, etag === null ? {} : { 'if-match': String(etag) });
    expect((await patch(stale, { weight: 3 })).status).toBe(200);
    expect((await patch(stale, { weight: 4 })).body.error.code).toBe('precondition_failed');
    expect((await patch(null, { weight: 4 })).body.error).toMatchObject({ code: 'invalid_request', param: 'if-match' });
    expect((await patch('*', { resources: ['nothing'] })).body.error).toMatchObject({ code: 'invalid_request', param: 'resources[0]' });
    expect((await patch('*', { wheight: 1 })).body.error).toMatchObject({ param: 'wheight' });
    await post('/keys/team/disable');
    expect(await works(rotated)).toBe(401);
    await post('/keys/team/enable');
    expect(await works(rotated)).toBe(200);
    await waitFor(async () => Number(((await get('/keys')).data.find(({ name }) => name === 'team')?.['use'] as Told | undefined)?.['jobs']) >= 2, { withinMs: 10_000, what: 'its use is counted' });
    expect((await admin.request('DELETE', '/keys/team', undefined, { 'if-match': '*' })).status).toBe(200);
    expect(await works(rotated)).toBe(401);
    const events = JSON.stringify(await get('/admin-events?kind=api_key'));
    for (const secret of [key, rotated]) for (const text of [events, system.output()]) expect(text).not.toContain(secret);
  });

  test('that a file declares are the file\'s', async () => {
    expect((await post('/keys/test/disable')).body.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('declared by the configuration file') });
  });
});

describe('configuration', () => {
  test('a connection is made, changed under its etag, held to the rules of the file, and removed', async () => {
    const { body: made, status } = await post('/connections', { name: 'own', provider: 'openai-compatible', base_url: 'http://127.0.0.1:1/v1', credentials: { api_key: 'sk-planted' }, limits: [{ requests: 5, per: '60s' }] });
    expect([status, made['action']]).toEqual([200, 'created']);
    const read = await admin.request('GET', '/connections/own');
    expect(read.body).toMatchObject({ managed: false, has_credentials: true, limits: [{ dimension: 'requests', amount: 5, per_ms: 60_000 }] });
    const patch = (body: object, etag = read.headers.get('etag') ?? '') => admin.request('PATCH', '/connections/own', body, { 'if-match': etag });
    expect((await patch({ limits: [{ requests: 5 }] })).body.error).toMatchObject({ code: 'invalid_request', param: expect.stringContaining('limits[0]') });
    expect((await patch({ limits: [{ requests: 9, per: '1s' }] })).body).toMatchObject({ action: 'updated' });
    expect((await patch({ headroom: 'off' })).body.error.code).toBe('precondition_failed');
    expect((await get('/connections/own'))['limits']).toMatchObject([{ amount: 9, per_ms: 1_000 }]);
    // A scheduler may have taken it before the change, and tells of its limits each second.
    const told = await waitFor(async () => (await get('/limits')).data.find(({ connection, amount }) => connection === 'own' && amount === 9), { withinMs: 20_000, what: 'a scheduler holds it to what was changed' });
    expect(told).toMatchObject({ effective: 9, used: 0 });
    expect((await admin.request('DELETE', '/connections/own', undefined, { 'if-match': '*' })).status).toBe(200);
    expect((await admin.request('GET', '/connections/own')).status).toBe(404);
    expect((await admin.request('DELETE', '/connections/main', undefined, { 'if-match': '*' })).body.error.code).toBe('conflict');
    expect(JSON.stringify(await get('/admin-events')) + system.output()).not.toContain('sk-planted');
  });

  test('a file is tried, applied, and told where it is wrong', async () => {
    const text = configuration.replaceAll('${SIM_0}', '${UPSTREAM}').replace('capture: metadata', 'capture: none');
    const variables = { UPSTREAM: system.simulators[0]?.url ?? '' };
    const wrong = await post('/configuration', { text: `${text}\nunknown: 1`, variables });
    expect([wrong.status, wrong.body.error.message]).toEqual([400, expect.stringMatching(/^sluice\.yaml:\d+:\d+ unknown: unknown key$/)]);
    const dry = await post('/configuration?dry_run=true', { text, variables });
    expect(dry.body).toMatchObject({ dry_run: true, data: [{ action: 'updated', kind: 'environment' }] });
    expect((await post('/configuration', { text, variables })).body.data).toEqual(dry.body.data);
    expect((await post('/configuration', { text, variables })).body.data).toEqual([]);
  });
});

describe('webhooks', () => {
  test('endpoints are registered within what is allowed, tested, rotated; deliveries are seen and sent again', async () => {
    expect((await post('/endpoints', { name: 'bad', url: 'https://127.0.0.1/x' })).body.error.code).toBe('invalid_request');
    const made = await post('/endpoints', { name: 'hook', url: 'https://hooks.example.com/x', events: ['job.completed'] });
    expect(made.body).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
    const id = String(made.body['id']);
    const sent = await post(`/endpoints/${id}/test`);
    const event = String(sent.body['event_id']);
    expect((await get(`/deliveries?endpoint=${id}`)).data).toMatchObject([{ event_id: event, type: 'webhook.test', state: 'waiting' }]);
    expect((await post(`/endpoints/${id}/deliveries/${event}/redeliver`)).body).toMatchObject({ action: 'redelivered' });
    expect((await post(`/endpoints/${id}/deliveries/evt_none/redeliver`)).status).toBe(404);
    expect((await post(`/endpoints/${id}/rotate`)).body['secret']).not.toBe(made.body['secret']);
    await post(`/endpoints/${id}/disable`);
    expect((await get('/endpoints')).data).toMatchObject([{ name: 'hook', state: 'disabled' }]);
    expect((await post(`/endpoints/${id}/test`)).body.error.code).toBe('conflict');
    expect((await get('/admin-events?kind=webhook_endpoint')).data.map(({ action }) => action)).toEqual(['disabled', 'rotated', 'tested', 'created']);
  });
});

describe('what was', () => {
  test('jobs are found by what is known of them, with their attempts', async () => {
    system.simulators[0]?.script([{ when: {}, fault: { kind: 'status', status: 400, body: { error: { message: 'too long for it', type: 'invalid_request_error', param: null, code: null } } } }]);
    await chat('fast', { 'x-sluice-correlation-id': 'order-7' });
    system.simulators[0]?.script([]);
    const found = await waitFor(async () => (await get('/jobs?correlation_id=order-7')).data[0], { withinMs: 10_000, what: 'the job is in the audit' });
    expect(found).toMatchObject({ state: 'failed', key: 'test', connection: 'main', error: { code: 'invalid_request' } });
    expect((await get('/jobs?correlation_id=order-7&state=completed')).data).toEqual([]);
    expect((await get('/jobs?error=INVALID_req&key=test&connection=main&limit=1')).data).toMatchObject([{ id: found['id'] }]);
    const one = await waitFor(async () => { const told = await get(`/jobs/${String(found['id'])}`); return (told['attempts_made'] as readonly unknown[]).length > 0 ? told : undefined; }, { withinMs: 10_000, what: 'its attempt is in the audit' });
    expect(one).toMatchObject({ attempts_made: [{ attempt: 1, outcome: 'failed', connection: 'main', http_status: 400 }], explanation: null });
    for (const bad of ['limit=0', 'state=lost', 'from=yesterday', 'nonsense=1']) expect((await admin.request('GET', `/jobs?${bad}`)).status).toBe(400);
    expect((await admin.request('GET', '/jobs/nonsense')).status).toBe(404);
  });

  test('usage is told by name, as JSON and as CSV', async () => {
    const told = await waitFor(async () => { const usage = await get('/usage?by=connection,outcome'); return usage.data.length >= 2 ? usage : undefined; }, { withinMs: 15_000, what: 'usage is counted' });
    expect(told).toMatchObject({ source: 'postgres', by: ['connection', 'outcome'] });
    expect(told.data).toContainEqual(expect.objectContaining({ connection: 'main', outcome: 'completed' }));
    const csv = await admin.request('GET', '/usage?by=tenant&interval=hour&format=csv');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(String(csv.body['text'])).toMatch(/^at,tenant,attempts,[\s\S]*\r\n\d+,test,\d+/);
    expect((await admin.request('GET', '/usage?by=password')).status).toBe(400);
  });

  test('processes and findings say what is alive', async () => {
    expect(await get('/processes')).toMatchObject({ ingresses: 1, schedulers: 1, workers: 1 });
    await system.apps('worker')[0]?.kill('SIGKILL');
    await waitFor(async () => (await get('/findings')).data.some(({ about, severity }) => about === 'worker' && severity === 'broken'), { withinMs: 15_000, what: 'the worker is missed' });
    await system.start('worker');
  });
});
