/** `/v1/batches` as the OpenAI SDK uses it: from a file to its answers, and everything that may come between. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@sluice/testkit';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem, type System } from './system.ts';

const configuration = plainConfiguration
  .replace('priorities:', '  - { name: narrow, provider: openai-compatible, base_url: "${SIM_0}", credentials: { api_key: sk-up }, limits: [{ concurrency: 1 }] }\npriorities:')
  .replace('resources:', `resources:
  - { name: failing, priority: normal, routes: [{ connection: main, model: gpt-failing }] }
  - { name: slow, priority: normal, routes: [{ connection: narrow, model: gpt-slow-latency-1500ms }] }`)
  .replace('settings:', 'webhooks: { allow: ["http://127.0.0.1:*"], allow_private: true }\nsettings:');

let system: System;
let client: OpenAI;
beforeAll(async () => {
  system = await startSystem({
    configuration, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0, script: [{ when: { model: 'gpt-failing' }, fault: { kind: 'status', status: 400 } }] }],
  });
  client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(() => system?.stop());

const line = (id: string, body: object = {}, more: object = {}) =>
  JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model: 'fast', messages: [{ role: 'user', content: `say ${id}` }], ...body }, ...more });

async function submit(text: string | Buffer, more: object = {}): Promise<OpenAI.Batch> {
  const file = await client.files.create({ file: await toFile(Buffer.from(text as string), 'lines.jsonl'), purpose: 'batch' });
  return client.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', ...more });
}

const ended = (id: string, withinMs = 30_000) => waitFor(async () => {
  const batch = await client.batches.retrieve(id);
  return ['completed', 'failed', 'expired', 'cancelled'].includes(batch.status) ? batch : undefined;
}, { withinMs, what: `the end of ${id}`, everyMs: 100 });

interface Result {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly request_id: string; readonly body: Record<string, unknown> } | null;
  readonly error: { readonly code: string } | null;
}
const resultsOf = async (fileId: string | null | undefined): Promise<readonly Result[]> => {
  if (!fileId) return [];
  const text = await (await client.files.content(fileId)).text();
  return text.trimEnd().split('\n').map((each) => JSON.parse(each) as Result);
};

test('a batch goes from its file to its answers, in order of line', async () => {
  const made = await submit(Array.from({ length: 40 }, (_, index) => line(`id-${index}`)).join('\n'), { metadata: { team: 'a' } });
  expect(made).toEqual({
    id: expect.stringMatching(/^batch_/), object: 'batch', endpoint: '/v1/chat/completions', model: null, errors: null, input_file_id: expect.stringMatching(/^file-/),
    completion_window: '24h', status: 'validating', output_file_id: null, error_file_id: null, created_at: expect.any(Number), in_progress_at: null,
    expires_at: made.created_at + 86_400, finalizing_at: null, completed_at: null, failed_at: null, expired_at: null, cancelling_at: null, cancelled_at: null,
    request_counts: { total: 0, completed: 0, failed: 0 },
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0, input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
    metadata: { team: 'a' },
  });
  const batch = await ended(made.id);
  expect(batch).toMatchObject({
    status: 'completed', model: 'gpt-4o-mini-instant', error_file_id: null, request_counts: { total: 40, completed: 40, failed: 0 },
    in_progress_at: expect.any(Number), finalizing_at: expect.any(Number), completed_at: expect.any(Number),
  });
  expect(batch.usage?.total_tokens).toBeGreaterThan(0);
  const results = await resultsOf(batch.output_file_id);
  expect(results.map(({ custom_id }) => custom_id)).toEqual(Array.from({ length: 40 }, (_, index) => `id-${index}`));
  expect(results[0]).toEqual({
    id: expect.stringMatching(/^batch_req_/), custom_id: 'id-0', error: null,
    response: { status_code: 200, request_id: expect.stringMatching(/^job_/), body: expect.objectContaining({ object: 'chat.completion' }) },
  });
  expect(await client.files.retrieve(batch.output_file_id ?? '')).toMatchObject({ purpose: 'batch_output', filename: `${batch.id}_output.jsonl` });
  expect((await system.query<{ priority: string }>(`select distinct spec ->> 'priority' as priority from job where batch_id = '${batch.id}'`))).toEqual([{ priority: 'batch' }]);
});

test('every custom_id stands once in the output or the error file, failures as the HTTP errors they were', async () => {
  const { id } = await submit([line('good'), line('bad', { model: 'failing' }), line('also good')].join('\n'));
  const batch = await ended(id);
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 2, failed: 1 } });
  expect((await resultsOf(batch.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(['good', 'also good']);
  expect(await resultsOf(batch.error_file_id)).toEqual([expect.objectContaining({
    custom_id: 'bad', error: null, response: { status_code: 400, request_id: expect.any(String), body: expect.objectContaining({ error: expect.objectContaining({ message: expect.any(String) }) }) },
  })]);
});

test('cancelled: what runs has its end, what waits does not run, and each line is told of', async () => {
  const { id } = await submit(Array.from({ length: 12 }, (_, index) => line(`id-${index}`, { model: 'slow' })).join('\n'));
  await waitFor(async () => (await client.batches.retrieve(id)).request_counts?.completed, { withinMs: 30_000, what: 'the first line is answered', everyMs: 200 });
  const asked = await client.batches.cancel(id);
  expect(asked).toMatchObject({ status: 'cancelling', cancelling_at: expect.any(Number) });
  expect((await client.batches.cancel(id)).cancelling_at).toBe(asked.cancelling_at);
  const batch = await ended(id);
  expect(batch).toMatchObject({ status: 'cancelled', cancelled_at: expect.any(Number) });
  const [output, errors] = [await resultsOf(batch.output_file_id), await resultsOf(batch.error_file_id)];
  expect(output.length).toBeGreaterThan(0);
  expect(errors.length).toBeGreaterThan(0);
  for (const each of errors) expect(each).toMatchObject({ response: null, error: { code: 'batch_cancelled' } });
  expect([...output, ...errors].map(({ custom_id }) => custom_id).sort()).toEqual(Array.from({ length: 12 }, (_, index) => `id-${index}`).sort());
  await expect(client.batches.cancel(id)).rejects.toMatchObject({ status: 400, message: expect.stringContaining("status 'cancelled'") });
});

test('expired: what was not reached in time is told of, and what was answered is there', async () => {
  const { id } = await submit(Array.from({ length: 8 }, (_, index) => line(`id-${index}`, { model: 'slow' })).join('\n'));
  await waitFor(async () => (await client.batches.retrieve(id)).request_counts?.completed, { withinMs: 30_000, what: 'the first line is answered', everyMs: 200 });
  await system.query(`update batch set expires_at = now() where id = '${id}'`);
  await system.query(`update job set deadline = now() where batch_id = '${id}' and state = 'queued'`);
  const batch = await ended(id, 60_000);
  expect(batch).toMatchObject({ status: 'expired', expired_at: expect.any(Number) });
  const errors = await resultsOf(batch.error_file_id);
  expect(errors.length).toBeGreaterThan(0);
  for (const each of errors) expect(each).toMatchObject({ response: null, error: { code: 'batch_expired' } });
  expect((await resultsOf(batch.output_file_id)).length + errors.length).toBe(8);
});

test('batches are listed, newest first, in pages', async () => {
  const ids: string[] = [];
  for await (const batch of client.batches.list({ limit: 2 })) ids.push(batch.id);
  expect(ids.length).toBeGreaterThanOrEqual(4);
  expect(ids).toEqual([...ids].sort().reverse());
});

test.each<[object, string | null]>([
  [{ endpoint: '/v1/nothing' }, 'endpoint'], [{ endpoint: undefined }, 'endpoint'], [{ completion_window: 'soon' }, 'completion_window'], [{ completion_window: '8000h' }, 'completion_window'],
  [{ metadata: { a: 1 } }, 'metadata'], [{ sluice: { priority: 'x' } }, 'sluice.priority'], [{ sluice: { webhook: { url: 'https://elsewhere.example.com/' } } }, 'sluice.webhook.url'], [{ sluice: { other: 1 } }, 'sluice.other'],
])('%j is refused by name', async (more, param) => {
  await expect(submit(line('a'), more)).rejects.toMatchObject({ status: 400, param });
});

test('a file that is none, or of another purpose, is refused', async () => {
  const create = (id: string) => client.batches.create({ input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' });
  await expect(create('file-none')).rejects.toMatchObject({ status: 404 });
  const other = await client.files.create({ file: await toFile(Buffer.from(line('a')), 'f'), purpose: 'user_data' });
  await expect(create(other.id)).rejects.toMatchObject({ status: 400, param: 'input_file_id' });
  await expect(client.batches.retrieve('batch_none')).rejects.toMatchObject({ status: 404 });
});

test('one key makes one batch, however often it is asked for; another request under it is refused', async () => {
  const file = await client.files.create({ file: await toFile(Buffer.from(line('a')), 'lines.jsonl'), purpose: 'batch' });
  const create = (more: object = {}) =>
    client.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', ...more }, { headers: { 'idempotency-key': 'one batch' } });
  const made = await Promise.all([create(), create(), create()]);
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  await ended(made[0].id);
  expect((await create()).id).toBe(made[0].id);
  await expect(create({ metadata: { other: 'yes' } })).rejects.toMatchObject({ status: 422, code: 'idempotency_conflict' });
});

test('progress is streamed until the last status, and a webhook tells of it', async () => {
  const told: { type: string; data: { id: string } }[] = [];
  const receiver = createServer((req, res) => {
    req.setEncoding('utf8').on('data', (text: string) => told.push(JSON.parse(text) as never)).on('end', () => res.end());
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const { id } = await submit([line('a'), line('b')].join('\n'), { sluice: { webhook: { url } } });
  const stream = await fetch(`${system.url}/v1/batches/${id}/stream`, { headers: { authorization: `Bearer ${KEY}` } });
  const events = (await stream.text()).split('\n\n').filter((each) => each.startsWith('event: batch')).map((each) => JSON.parse(each.split('\ndata: ')[1] ?? '') as OpenAI.Batch);
  expect(events.at(-1)).toMatchObject({ id, status: 'completed', request_counts: { total: 2, completed: 2 } });
  await waitFor(() => told.length > 0, { withinMs: 10_000, what: 'the webhook' });
  expect(told).toEqual([expect.objectContaining({ object: 'event', type: 'batch.completed', data: { id } })]);
  receiver.closeAllConnections();
  receiver.close();
});

/** Files that are wrong in one known way, at one known line. */
function malformed(): readonly { readonly name: string; readonly bytes: Buffer; readonly code: string; readonly line: number | null }[] {
  const wrong: readonly (readonly [string, (id: string) => string | Buffer, string])[] = [
    ['no JSON', () => 'nope', 'invalid_json_line'],
    ['cut off', (id) => line(id).slice(0, -3), 'invalid_json_line'],
    ['bad UTF-8', (id) => Buffer.concat([Buffer.from(line(id).slice(0, -3)), Buffer.from([0xc3, 0x28]), Buffer.from('"}}')]), 'invalid_json_line'],
    ['an array', () => '[1]', 'invalid_json_line'],
    ['nested too deep', () => '['.repeat(5_000), 'invalid_json_line'],
    ['a mark in the middle', (id) => `\ufeff${line(id)}`, 'invalid_json_line'],
    ['same id', () => line('0'), 'duplicate_custom_id'],
    ['other endpoint', (id) => line(id, {}, { url: '/v1/embeddings' }), 'url_mismatch'],
    ['no id', (id) => line(id, {}, { custom_id: undefined }), 'missing_required_parameter'],
    ['no method', (id) => line(id, {}, { method: undefined }), 'missing_required_parameter'],
    ['no url', (id) => line(id, {}, { url: null }), 'missing_required_parameter'],
    ['no body', (id) => line(id, {}, { body: undefined }), 'missing_required_parameter'],
    ['GET', (id) => line(id, {}, { method: 'GET' }), 'invalid_method'],
    ['id of a number', (id) => line(id, {}, { custom_id: 5 }), 'invalid_value'],
    ['body of a text', (id) => line(id, {}, { body: 'x' }), 'invalid_value'],
    ['unknown model', (id) => line(id, { model: 'no-such-resource' }), 'model_not_found'],
    ['no messages', (id) => line(id, { messages: undefined }), 'invalid_request'],
    ['streamed', (id) => line(id, { stream: true }), 'invalid_request'],
    ['unknown priority', (id) => line(id, {}, { sluice: { priority: 'x' } }), 'invalid_request'],
    ['sluice in the body', (id) => line(id, { sluice: {} }), 'invalid_request'],
  ];
  const files = wrong.flatMap(([name, make, code]) => [1, 2, 3, 40, 333].flatMap((at) => ['\n', '\r\n'].map((end) => {
    const lines = Array.from({ length: at + 1 }, (_, index) => Buffer.from(line(String(index))));
    lines[at] = Buffer.from(make('x') as string);
    return { name: `${name} at line ${at + 1}`, code, line: at + 1, bytes: Buffer.concat(lines.flatMap((each) => [each, Buffer.from(end)])) };
  })));
  return [
    ...files,
    { name: 'empty', bytes: Buffer.alloc(0), code: 'empty_file', line: null },
    { name: 'blank', bytes: Buffer.from('\r\n \n\n'), code: 'empty_file', line: null },
    { name: 'a byte order mark', bytes: Buffer.from(`\ufeff${line('a')}\n`), code: 'invalid_json_line', line: 1 },
    { name: 'a huge line', bytes: Buffer.concat([Buffer.from(`${line('a')}\n"`), Buffer.alloc(9 * 1024 * 1024, 120), Buffer.from(`"\n${line('b')}\n`)]), code: 'invalid_json_line', line: 2 },
  ];
}

test('200 malformed files: each fails with its code and line, and leaves no line behind', async () => {
  const before = Number((await system.query<{ n: string }>('select count(*) as n from job'))[0]?.n);
  const files = malformed();
  expect(files.length).toBeGreaterThanOrEqual(200);
  for (let at = 0; at < files.length; at += 20) {
    await Promise.all(files.slice(at, at + 20).map(async ({ name, bytes, code, line: number }) => {
      const batch = await ended((await submit(bytes)).id, 60_000);
      expect([batch.status, batch.errors?.data?.map((error) => [error.code, error.line ?? null])], name).toEqual(['failed', [[code, number]]]);
    }));
  }
  expect(Number((await system.query<{ n: string }>('select count(*) as n from job'))[0]?.n)).toBe(before);
}, 240_000);
