import { type ChunkStore, ChunkCutter, CHUNK_BYTES, LONGEST_LINE_BYTES, MOST_BATCH_LINES, type StoredFile } from '@sluice/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineCheck } from './line-check.ts';
import { linesOf } from './lines-of.ts';

/** A file of these bytes, in memory. */
function fileOf(bytes: Buffer): { file: StoredFile; store: ChunkStore } {
  const cutter = new ChunkCutter();
  const chunks = [...cutter.push(bytes), ...cutter.end()];
  const store: ChunkStore = { write: async () => undefined, remove: async () => undefined, read: async (_file, chunk) => chunks[chunk] ?? Buffer.alloc(0) };
  const file = { id: 'file-1', environmentId: 'e', purpose: 'batch', filename: 'f', bytes: bytes.length, chunks: chunks.length, sha256: '', createdAt: 0, expiresAt: null } as const;
  return { file, store };
}

async function checked(text: string | Buffer) {
  const { file, store } = fileOf(Buffer.from(text as string));
  const check = new LineCheck('/v1/chat/completions');
  const found = [];
  for await (const { chunk, offset, bytes } of linesOf(file, store)) {
    const line = check.take(bytes);
    if (line) found.push({ ...line, text: (await store.read('', chunk)).subarray(offset + line.body.start, offset + line.body.end).toString() });
  }
  check.end();
  return { errors: check.errors.map(({ code, line, param }) => ({ code, line, param })), found };
}

const line = (id: string, more: object = {}) => JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model: 'm', messages: [] }, ...more });

test('lines are found where they stand, whatever ends them', async () => {
  for (const end of ['\n', '\r\n', '\n\n', ' \n']) {
    const { errors, found } = await checked([line('a'), line('b', { url: 'v1/chat/completions'.padStart(20, '/') }), line('c', { body: { x: 'ü' } })].join(end));
    expect(errors).toEqual([]);
    expect(found.map(({ customId, text }) => [customId, text])).toEqual([['a', '{"model":"m","messages":[]}'], ['b', '{"model":"m","messages":[]}'], ['c', '{"x":"ü"}']]);
  }
});

test('lines keep their places over many chunks', () =>
  fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 120_000 }), { minLength: 1, maxLength: 20 }), async (lengths) => {
    const { errors, found } = await checked(lengths.map((length, index) => line(String(index), { body: { x: 'y'.repeat(length) } })).join('\n'));
    expect(errors).toEqual([]);
    expect(found.map(({ text }) => text)).toEqual(lengths.map((length) => JSON.stringify({ x: 'y'.repeat(length) })));
  }), { numRuns: 20 }));

test.each<[string, string | Buffer, { code: string; line: number | null; param: string | null }]>([
  ['empty', '', { code: 'empty_file', line: null, param: null }],
  ['blank lines only', '\n\n  \r\n', { code: 'empty_file', line: null, param: null }],
  ['no JSON', `${line('a')}\nnope\n`, { code: 'invalid_json_line', line: 2, param: null }],
  ['cut off', `${line('a')}\n${line('b').slice(0, -5)}`, { code: 'invalid_json_line', line: 2, param: null }],
  ['not UTF-8', Buffer.concat([Buffer.from(`${line('a')}\n{"custom_id":"`), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]), { code: 'invalid_json_line', line: 2, param: null }],
  ['a byte order mark', `\ufeff${line('a')}\n`, { code: 'invalid_json_line', line: 1, param: null }],
  ['an array', '[]', { code: 'invalid_json_line', line: 1, param: null }],
  ['two values', `${line('a')}${line('b')}`, { code: 'invalid_json_line', line: 1, param: null }],
  ['the same id', `${line('a')}\n\n${line('a')}`, { code: 'duplicate_custom_id', line: 3, param: 'custom_id' }],
  ['another endpoint', line('a', { url: '/v1/embeddings' }), { code: 'url_mismatch', line: 1, param: 'url' }],
  ['no id', line('a', { custom_id: undefined }), { code: 'missing_required_parameter', line: 1, param: 'custom_id' }],
  ['no method', line('a', { method: null }), { code: 'missing_required_parameter', line: 1, param: 'method' }],
  ['no url', line('a', { url: undefined }), { code: 'missing_required_parameter', line: 1, param: 'url' }],
  ['no body', line('a', { body: undefined }), { code: 'missing_required_parameter', line: 1, param: 'body' }],
  ['GET', line('a', { method: 'GET' }), { code: 'invalid_method', line: 1, param: 'method' }],
  ['an id that is a number', line('a', { custom_id: 7 }), { code: 'invalid_value', line: 1, param: 'custom_id' }],
  ['a body that is a text', line('a', { body: 'x' }), { code: 'invalid_value', line: 1, param: 'body' }],
])('%s is told with its code and line', async (_, text, error) => {
  expect((await checked(text)).errors).toEqual([error]);
});

test('a line longer than any may be is one error, and what follows it is read', async () => {
  const { errors, found } = await checked(`${line('a')}\n"${'x'.repeat(2 * LONGEST_LINE_BYTES + CHUNK_BYTES)}"\n${line('b')}\n`);
  expect(errors).toEqual([{ code: 'invalid_json_line', line: 2, param: null }]);
  expect(found.map(({ customId, line: number }) => [customId, number])).toEqual([['a', 1], ['b', 3]]);
});

test('a hundred errors are kept, and the file is given up', async () => {
  const check = new LineCheck('/v1/chat/completions');
  for (let count = 0; count < 150; count += 1) check.take(Buffer.from('nope'));
  expect(check.isHopeless).toBe(true);
  expect(check.errors).toHaveLength(100);
});

test('a batch has 50,000 requests at most', () => {
  const check = new LineCheck('/v1/chat/completions');
  for (let count = 0; count <= MOST_BATCH_LINES; count += 1) check.take(Buffer.from(line(String(count))));
  check.end();
  expect(check.errors).toMatchObject([{ code: 'too_many_tasks', line: null }]);
});
