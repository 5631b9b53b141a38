/** Files and batches by the official SDKs, held field by field against what OpenAI was recorded to answer. */
import { loadExchanges, waitFor, type Exchange } from '@sluice/testkit';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem, type System } from '../system.ts';
import { findPython, startPythonClient } from './python-client.ts';

/** One call at a time of a second each: a batch of these is seen in progress. */
const configuration = plainConfiguration
  .replace('priorities:', '  - { name: narrow, provider: openai-compatible, base_url: "${SIM_0}", credentials: { api_key: sk-up }, limits: [{ concurrency: 1 }] }\npriorities:')
  .replace('resources:', 'resources:\n  - { name: slow, priority: normal, routes: [{ connection: narrow, model: gpt-slow-latency-1000ms }] }');

let system: System;
let client: OpenAI;
beforeAll(async () => {
  system = await startSystem({ configuration });
  client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(() => system?.stop());

const linesOf = (model: string, count: number) => Array.from({ length: count }, (_, index) =>
  JSON.stringify({ custom_id: `id-${index}`, method: 'POST', url: '/v1/chat/completions', body: { model, messages: [{ role: 'user', content: `say ${index}` }] } })).join('\n');

/** As it came over the wire: what the SDK would leave out or make up is not in it. */
const wire = async (path: string): Promise<unknown> => (await fetch(`${system.url}/v1/${path}`, { headers: { authorization: `Bearer ${KEY}` } })).json();

type Shape = string | { readonly [field: string]: Shape };

/** The names of the fields and the kinds of their values; null is a kind. */
function shapeOf(value: unknown): Shape {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  if (Array.isArray(value)) return `array of ${JSON.stringify(shapeOf(value[0]))}`;
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, shapeOf(each)]));
}

const bodyOf = ({ response }: Exchange) => JSON.parse(response.body.toString()) as Record<string, unknown>;

/** What one endpoint was recorded to answer, in whatever state. */
async function recorded(wireName: 'batches' | 'files', scenario: RegExp): Promise<{ readonly found: readonly Exchange[]; readonly reason: string | undefined }> {
  const { exchanges, reason } = await loadExchanges({ provider: 'openai', wire: wireName });
  return { found: exchanges?.filter(({ id }) => scenario.test(id)) ?? [], reason };
}

async function runBatch(model: string, count: number) {
  const file = await client.files.create({ file: await toFile(Buffer.from(linesOf(model, count)), 'lines.jsonl'), purpose: 'batch' });
  const { id } = await client.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
  return { file: file.id, id };
}

const inState = (id: string, status: string, isSo: (batch: OpenAI.Batch) => boolean = () => true) => waitFor(async () => {
  const batch = (await wire(`batches/${id}`)) as OpenAI.Batch;
  return batch.status === status && isSo(batch) ? batch : undefined;
}, { withinMs: 30_000, everyMs: 20, what: `${id} is ${status}` });

test('a batch has the fields of OpenAI\'s, in each of its states', async (context) => {
  const { found, reason } = await recorded('batches', /batch_(get|create)/);
  if (reason) context.skip(reason);
  const { id } = await runBatch('slow', 3);
  const ours = new Map<string, unknown>();
  ours.set('validating', await client.batches.create({ input_file_id: (await runBatch('fast', 1)).file, endpoint: '/v1/chat/completions', completion_window: '24h' }));
  // The model is told with the first answer.
  ours.set('in_progress', await inState(id, 'in_progress', ({ request_counts: counts }) => (counts?.completed ?? 0) > 0));
  ours.set('completed', await inState(id, 'completed'));
  expect(found.length).toBeGreaterThanOrEqual(5);
  for (const exchange of found) {
    const theirs = bodyOf(exchange);
    expect(shapeOf(ours.get(String(theirs['status']))), exchange.id).toEqual(shapeOf(theirs));
  }
});

test('a list of batches, a file and a line of results have the fields of OpenAI\'s', async (context) => {
  const [lists, files, results] = await Promise.all([recorded('batches', /batch_list/), recorded('files', /files__/), recorded('files', /batch_results/)]);
  if (lists.reason) context.skip(lists.reason);
  const { id, file } = await runBatch('fast', 2);
  const batch = await inState(id, 'completed');
  const listed = (await wire('batches?limit=1')) as Record<string, unknown>;
  for (const exchange of lists.found) expect(Object.keys(listed).sort(), exchange.id).toEqual(Object.keys(bodyOf(exchange)).sort());
  for (const exchange of files.found) expect(shapeOf(await wire(`files/${file}`)), exchange.id).toEqual(shapeOf(bodyOf(exchange)));
  const [line] = (await (await client.files.content(batch.output_file_id ?? '')).text()).split('\n').map((text) => JSON.parse(text || 'null') as Line | null);
  for (const exchange of results.found) {
    const [theirs] = exchange.response.body.toString().split('\n').map((text) => JSON.parse(text || 'null') as Line | null);
    expect(withoutBody(line), exchange.id).toEqual(withoutBody(theirs));
    expect(exchange.response.headers['content-type'] ?? 'application/octet-stream').toBe('application/octet-stream');
  }
});

interface Line { readonly response: { readonly body: unknown } }
/** The body is the endpoint's own, and each has another. */
const withoutBody = (line: Line | null | undefined) => shapeOf({ ...line, response: { ...line?.response, body: {} } });

test('the refusals of files say what OpenAI\'s say', async (context) => {
  const { found, reason } = await recorded('files', /error_4/);
  if (reason) context.skip(reason);
  const form = new FormData();
  form.append('purpose', 'world_domination');
  form.append('file', new Blob(['x']), 'x.txt');
  const answers = new Map([
    [400, await fetch(`${system.url}/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body: form })],
    [404, await fetch(`${system.url}/v1/files/fake_id`, { headers: { authorization: `Bearer ${KEY}` } })],
  ]);
  for (const exchange of found) {
    const answer = answers.get(exchange.response.status);
    const { error } = (await answer?.json()) as { error: Record<string, unknown> };
    const theirs = bodyOf(exchange)['error'] as Record<string, unknown>;
    // The type is that of all our errors, by status.
    expect([error['message'], error['param']], exchange.id).toEqual([theirs['message'], theirs['param']]);
  }
});

test('the SDK for Python goes the whole way', async (context) => {
  const place = await findPython(process.env, 'openai');
  if (place.kind === 'missing') {
    if (process.env['CI'] === 'true') throw new Error(place.reason);
    return context.skip(place.reason);
  }
  const python = startPythonClient(place.python, { baseURL: `${system.url}/v1`, key: KEY });
  try {
    const told = await python.result({ scenario: 'batch', content: linesOf('fast', 5) });
    expect(told).toMatchObject({
      file: { object: 'file', purpose: 'batch', filename: 'lines.jsonl', status: 'processed' },
      made: { status: 'validating', request_counts: { total: 0 } },
      ended: { status: 'completed', request_counts: { total: 5, completed: 5, failed: 0 }, error_file_id: null },
    });
    expect(told['listed']).toContain((told['made'] as { id: string }).id);
    const ids = String(told['content']).trimEnd().split('\n').map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
    expect(ids).toEqual(['id-0', 'id-1', 'id-2', 'id-3', 'id-4']);
  } finally {
    await python.stop();
  }
}, 200_000);
