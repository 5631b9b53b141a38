/** `/v1/files` as the OpenAI SDK uses it, and uploads that break. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { waitFor } from '@sluice/testkit';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem, type System } from './system.ts';

let system: System;
let client: OpenAI;
beforeAll(async () => {
  system = await startSystem({ apps: { scheduler: 0, worker: 0 } });
  client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(() => system?.stop());

const countOf = async (table: string) => Number((await system.query<{ count: string }>(`select count(*) from ${table}`))[0]?.count);
const form = (parts: readonly (readonly [string, string | Blob])[]) => {
  const data = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, 'f.jsonl');
  }
  return data;
};
const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(`${system.url}/v1/files`, { method: 'POST', body, headers: { authorization: `Bearer ${KEY}`, ...headers } });

test('a file is uploaded, listed, read and deleted', async () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `{"custom_id":"${index}","ü":"${'x'.repeat(index % 90)}"}\n`).join('');
  const made = await client.files.create({ file: await toFile(Buffer.from(text), 'lines ü.jsonl'), purpose: 'batch' });
  expect(made).toMatchObject({
    id: expect.stringMatching(/^file-/), object: 'file', bytes: Buffer.byteLength(text), filename: 'lines ü.jsonl', purpose: 'batch', status: 'processed', status_details: null,
  });
  expect((made.expires_at ?? 0) - made.created_at).toBe(30 * 86_400);
  expect(await client.files.retrieve(made.id)).toEqual(made);
  expect(await (await client.files.content(made.id)).text()).toBe(text);
  const [row] = await system.query<{ sha256: string; chunks: number }>(`select sha256, chunks from file where id = '${made.id}'`);
  expect(row).toEqual({ sha256: createHash('sha256').update(text).digest('hex'), chunks: expect.any(Number) });
  expect(await system.query(`select from file_chunk where file_id = '${made.id}' and get_byte(bytes, length(bytes) - 1) <> 10`)).toEqual([]);
  expect(await client.files.delete(made.id)).toEqual({ id: made.id, object: 'file', deleted: true });
  await expect(client.files.retrieve(made.id)).rejects.toMatchObject({ status: 404, message: expect.stringContaining(`No such File object: ${made.id}`), param: 'id' });
  await expect(client.files.delete(made.id)).rejects.toMatchObject({ status: 404 });
});

test('files are paged in either order and filtered by purpose', async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) made.push((await client.files.create({ file: await toFile(Buffer.from('{}\n'), 'f.jsonl'), purpose: count === 4 ? 'evals' : 'user_data' })).id);
  const ids = async (query: OpenAI.FileListParams) => (await client.files.list(query)).data.map(({ id }) => id);
  expect(await ids({ purpose: 'user_data', limit: 2, order: 'asc' })).toEqual(made.slice(0, 2));
  const all: string[] = [];
  for await (const file of client.files.list({ purpose: 'user_data', limit: 3 })) all.push(file.id);
  expect(all).toEqual(made.slice(0, 4).reverse());
  expect(await ids({ purpose: 'evals' })).toEqual([made[4]]);
  await expect(client.files.list({ limit: 0 })).rejects.toMatchObject({ status: 400, param: 'limit' });
});

test('the purpose may come before or after the file, and expiry may be asked for', async () => {
  const file = new Blob(['{}\n']);
  for (const parts of [[['file', file], ['purpose', 'batch']], [['purpose', 'batch'], ['file', file]]] as const) expect((await post(form(parts))).status).toBe(200);
  const made = await client.files.create({ file: await toFile(Buffer.from('x'), 'x'), purpose: 'user_data', expires_after: { anchor: 'created_at', seconds: 3_600 } });
  expect(made.expires_at).toBe(made.created_at + 3_600);
});

test('an empty file is a file', async () => {
  const made = await client.files.create({ file: await toFile(Buffer.alloc(0), 'empty.jsonl'), purpose: 'batch' });
  expect(made.bytes).toBe(0);
  expect(await (await client.files.content(made.id)).text()).toBe('');
});

test('what is wrong with a form is told, and nothing of it stays', async () => {
  const file = new Blob(['{}\n']);
  const before = [await countOf('file'), await countOf('file_chunk')];
  const cases: readonly (readonly [NonNullable<RequestInit['body']>, Record<string, string>, number, string | null])[] = [
    [form([['file', file], ['purpose', 'world_domination']]), {}, 400, 'purpose'],
    [form([['file', file]]), {}, 400, 'purpose'],
    [form([['purpose', 'batch']]), {}, 400, 'file'],
    [form([['other', file], ['purpose', 'batch']]), {}, 400, 'file'],
    [form([['file', file], ['purpose', 'batch'], ['expires_after[anchor]', 'created_at'], ['expires_after[seconds]', '5']]), {}, 400, 'expires_after.seconds'],
    ['{}', { 'content-type': 'application/json' }, 400, 'content-type'],
    ['x', { 'content-type': 'multipart/form-data' }, 400, 'content-type'],
    ['--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n{}', { 'content-type': 'multipart/form-data; boundary=b' }, 400, null],
    ['no form at all', { 'content-type': 'multipart/form-data; boundary=b' }, 400, null],
    ['not gzip', { 'content-type': 'multipart/form-data; boundary=b', 'content-encoding': 'gzip' }, 400, 'content-encoding'],
    ['x', { 'content-type': 'multipart/form-data; boundary=b', 'content-encoding': 'zstd' }, 415, 'content-encoding'],
  ];
  for (const [body, headers, status, param] of cases) {
    const answer = await post(body, headers);
    expect([answer.status, ((await answer.json()) as { error: { param: string | null } }).error.param], JSON.stringify(headers)).toEqual([status, param]);
  }
  expect([await countOf('file'), await countOf('file_chunk')]).toEqual(before);
});

test('a compressed form is unpacked on its way', async () => {
  const raw = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nevals\r\n--b--\r\n';
  const answer = await post(gzipSync(raw), { 'content-type': 'multipart/form-data; boundary=b', 'content-encoding': 'gzip' });
  expect(await answer.json()).toMatchObject({ bytes: 5, purpose: 'evals' });
});

test('more than 200 MB are refused on their way, and nothing of them stays', async () => {
  const before = [await countOf('file'), await countOf('file_chunk')];
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(sent === 0 ? Buffer.from(head) : Buffer.alloc(1024 * 1024, 'x\n'));
      sent += 1;
      if (sent > 210) controller.close();
    },
  });
  const answer = await fetch(`${system.url}/v1/files`, {
    method: 'POST', body: endless, duplex: 'half', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'multipart/form-data; boundary=b' },
  } as RequestInit);
  expect(answer.status).toBe(413);
  expect([await countOf('file'), await countOf('file_chunk')]).toEqual(before);
}, 120_000);

test('a client that goes in the middle leaves nothing', async () => {
  const before = [await countOf('file'), await countOf('file_chunk')];
  const socket = connect(Number(new URL(system.url).port), '127.0.0.1');
  socket.write(`POST /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 9000000\r\n\r\n`
    + `--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n${'x\n'.repeat(1_000_000)}`);
  await waitFor(async () => (await countOf('file_chunk')) > (before[1] ?? 0), { withinMs: 20_000, what: 'the first chunk is stored' });
  socket.destroy();
  await waitFor(async () => (await countOf('file')) === before[0], { withinMs: 20_000, what: 'the upload is gone' });
  expect(await countOf('file_chunk')).toBe(before[1]);
});

test('files belong to their environment', async () => {
  const made = await client.files.create({ file: await toFile(Buffer.from('x'), 'x'), purpose: 'evals' });
  await system.configure(plainConfiguration.replace('environment: default', 'environment: other').replace(KEY, 'sk-of-another-environment'));
  const other = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: 'sk-of-another-environment', maxRetries: 0 });
  await waitFor(async () => (await other.files.list().catch(() => undefined))?.data.length === 0, { withinMs: 10_000, what: 'the other environment sees nothing' });
  for (const ask of [() => other.files.retrieve(made.id), () => other.files.content(made.id), () => other.files.delete(made.id)]) await expect(ask()).rejects.toMatchObject({ status: 404 });
});
