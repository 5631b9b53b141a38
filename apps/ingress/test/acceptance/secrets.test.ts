/**
 * Secrets are planted in everything that passes through, calls end in every way there is, and then all that was written is
 * searched: the logs at their most talkative, the journal, and every table. With capture `metadata` none of them holds any.
 */
import { randomBytes } from 'node:crypto';
import { waitFor } from '@sluice/testkit';
import type { Exchange } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem } from '../system.ts';
import type { System } from '../system.ts';

const mark = () => randomBytes(12).toString('hex');
/** Each without anything that escaping could change. A key of a form that providers are known by, and one of no form at all. */
const SECRET = {
  prompt: mark(), answer: mark(), apiKey: `sk-${mark()}`, wrongKey: `sk-${mark()}`, credential: `sk-${mark()}`, plainCredential: mark(), providerKey: mark(), cookie: mark(), query: mark(),
};
/** What is no secret, and found where the secrets are not: without it the search could be one that finds nothing. */
const OPEN = { correlation: `corr-${mark()}`, metadata: `meta-${mark()}` };

const configuration = plainConfiguration
  .replace(KEY, SECRET.apiKey)
  .replace('sk-upstream', SECRET.credential)
  .replace('priorities:', `  - name: plain
    provider: openai-compatible
    base_url: \${SIM_0}
    credentials: { api_key: ${SECRET.plainCredential} }
priorities:`)
  .replace('resources:', `resources:
  - { name: plain, priority: normal, routes: [{ connection: plain, model: gpt-4o-mini-instant }] }
  - { name: slow, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-20000ms }] }`);

let system: System;
/** Of the jobs made, as the client was told. */
const jobs: string[] = [];
let written: Readonly<Record<'logs' | 'journal' | 'tables', string>>;

const bearer = { authorization: `Bearer ${SECRET.apiKey}` };
const asking = (more = {}) => ({ model: 'fast', messages: [{ role: 'user', content: `the prompt is ${SECRET.prompt}` }], ...more });
const chunk = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const WHOLE = JSON.stringify({
  id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: SECRET.answer }, finish_reason: 'stop' }],
});
const QUOTING = `Bad key Bearer ${SECRET.plainCredential} ${SECRET.credential} ${SECRET.plainCredential} asking "${SECRET.prompt}" and half an answer "${SECRET.answer}"`;
const ERROR = JSON.stringify({ error: { message: QUOTING, type: 'x', param: null, code: 'some_code' } });

/** What the provider answers; its credentials, the prompt and the answer are quoted wherever a provider can quote them. */
const ANSWERS: readonly (readonly [what: string, status: number, body: string, stream: boolean, expected: number])[] = [
  ['a whole answer', 200, WHOLE, false, 200],
  ['a stream', 200, `${chunk(SECRET.answer)}${chunk('', 'stop')}data: [DONE]\n\n`, true, 200],
  ['half a JSON answer', 200, WHOLE.slice(0, -20), false, 502],
  ['an answer that is text', 200, `${SECRET.answer} ${SECRET.prompt}`, false, 502],
  ['a stream that ends in the middle', 200, `${chunk(SECRET.answer)}${chunk(SECRET.answer).slice(0, -30)}`, true, 200],
  ['a stream with broken JSON', 200, `${chunk(SECRET.answer)}data: {"choices":[{"delta":${SECRET.answer}\n\n${chunk('', 'stop')}`, true, 200],
  ['a stream with an error', 200, `${chunk(SECRET.answer)}data: ${ERROR}\n\n`, true, 200],
  ['a 400', 400, ERROR, false, 400],
  ['a 401', 401, ERROR, false, 502],
  ['a 403 of text', 403, QUOTING, false, 502],
  ['a 500', 500, ERROR, false, 502],
  ['a 503 of text', 503, QUOTING, true, 502],
];

const exchange = (name: string, status: number, body: string, stream: boolean): Exchange => ({
  id: `test/chat_completions/${name}`, provider: 'test', wire: 'chat_completions', scenario: name, tags: [], stream, model: 'm', fidelity: 'hand-written', sequence: null,
  request: { method: 'POST', path: '/v1/chat/completions', headers: {}, bodyText: null, recorded: false },
  response: { status, headers: { 'content-type': body.startsWith('data:') ? 'text/event-stream' : body.startsWith('{') ? 'application/json' : 'text/plain' }, body: Buffer.from(body) },
});

/** Reads what comes; a stream that the provider cut breaks here as well. */
async function ended(response: Response): Promise<string> {
  const job = response.headers.get('x-request-id');
  if (job) jobs.push(job);
  let text = '';
  try {
    for await (const bytes of response.body ?? []) text += Buffer.from(bytes as Uint8Array).toString(); // what fetch gives
  } catch {
    expect(text, 'a stream that breaks says why').toContain('"error"');
  }
  return text;
}

beforeAll(async () => {
  system = await startSystem({ configuration });
  const journal = followJournal();
  try {
    await answered();
    await refusedAtTheDoor();
    await left();
    await waitFor(async () => {
      const kept = new Set((await system.query<{ id: string }>('select id from audit')).map(({ id }) => id));
      return jobs.every((job) => kept.has(job));
    }, { withinMs: 20_000, what: 'every job is audited', everyMs: 100 });
  } finally {
    written = { logs: '', journal: await journal.stop(), tables: '' };
  }
  const tables = await tablesText();
  await Promise.all((['ingress', 'worker', 'scheduler'] as const).flatMap((name) => system.apps(name)).map((app) => app.kill('SIGTERM')));
  written = { ...written, tables, logs: system.output() };
});
afterAll(() => system?.stop());

async function answered(): Promise<void> {
  const headers = { ...bearer, cookie: `session=${SECRET.cookie}`, 'x-sluice-correlation-id': OPEN.correlation, 'x-sluice': JSON.stringify({ metadata: { is: OPEN.metadata } }) };
  for (const model of ['fast', 'plain']) {
    for (const [what, status, body, stream, expected] of ANSWERS) {
      system.simulators[0]?.replay(exchange(what, status, body, stream));
      const response = await system.chat(asking({ model, stream, user: `${what} for ${model}` }), { headers });
      const text = await ended(response);
      expect(response.status, `${what}: ${text}`).toBe(expected);
      // What passes through is the provider's own; what we say of it holds no key.
      if (expected === 502) expect(text, what).not.toContain(SECRET.credential);
      if (expected === 200) expect(text, what).toContain(SECRET.answer);
    }
  }
}

/** None of these becomes a job. */
async function refusedAtTheDoor(): Promise<void> {
  const post = async (path: string, body: string, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${system.url}${path}`, { method: 'POST', body, headers });
    await response.text();
    return response.status;
  };
  const path = '/v1/chat/completions';
  const whole = JSON.stringify(asking());
  expect(await post(path, `{"model":"fast",${SECRET.prompt}}`, bearer)).toBe(400);
  expect(await post(path, whole.slice(0, -3), bearer)).toBe(400);
  expect(await post(path, JSON.stringify(asking({ temperature: SECRET.prompt })), bearer)).toBe(400);
  expect(await post(path, JSON.stringify(asking({ model: SECRET.prompt })), bearer)).toBe(404);
  expect(await post(path, whole, { authorization: `Bearer ${SECRET.wrongKey}` })).toBe(401);
  expect(await post(path, whole, { authorization: `Basic ${SECRET.wrongKey}` })).toBe(401);
  expect(await post(path, whole, { ...bearer, 'x-api-key': SECRET.wrongKey })).toBe(401);
  expect(await post(path, whole, { ...bearer, 'x-sluice-provider-key': SECRET.providerKey })).toBe(403);
  expect(await post(path, whole, { ...bearer, 'x-sluice': `{${SECRET.prompt}` })).toBe(400);
  expect(await post(`/v1/${SECRET.query}?key=${SECRET.query}`, whole, bearer)).toBe(404);
  expect(await post(`${path}?key=${SECRET.query}`, '{}', bearer)).toBe(400);
}

/** Two clients that go: one before its answer, one in the middle of it. */
async function left(): Promise<void> {
  const [simulator] = system.simulators;
  const before = simulator?.calls().length ?? 0;
  const going = new AbortController();
  const call = system.chat(asking({ model: 'slow' }), { headers: bearer, signal: going.signal });
  call.catch(() => undefined); // it is meant to
  await waitFor(() => (simulator?.calls().length ?? 0) > before, { withinMs: 5_000, what: 'the call is at the provider' });
  going.abort();
  simulator?.script([{ when: {}, fault: { kind: 'stall', atByte: chunk(SECRET.answer).length } }]);
  simulator?.replay(exchange('a stream that stalls', 200, chunk(SECRET.answer).repeat(3), true));
  const leaving = new AbortController();
  const response = await system.chat(asking({ stream: true }), { headers: bearer, signal: leaving.signal });
  jobs.push(response.headers.get('x-request-id') ?? '');
  const first = await response.body?.getReader().read();
  expect(Buffer.from(first?.value ?? []).toString()).toContain(SECRET.answer);
  leaving.abort();
  await waitFor(() => simulator?.calls().slice(before).every(({ endedAt }) => endedAt !== null), { withinMs: 5_000, what: 'the provider sees both clients go' });
  simulator?.script([]);
}

/** Everything that is ever in the journal: records that every group has handled are soon trimmed. */
function followJournal(): { stop(): Promise<string> } {
  const redis = new Redis(system.redisUrl);
  let text = '';
  let after = '0';
  let over = false;
  const read = async () => {
    while (!over) {
      const [[, entries = []] = []] = (await redis.xread('BLOCK', 100, 'STREAMS', 'sluice:v1:{s0}:journal', after)) ?? [];
      text += JSON.stringify(entries);
      after = entries.at(-1)?.[0] ?? after;
    }
    redis.disconnect();
    return text;
  };
  const reading = read();
  return { stop: () => { over = true; return reading; } };
}

async function tablesText(): Promise<string> {
  const tables = await system.query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'");
  const rows = await Promise.all(tables.map(({ name }) => system.query(`select to_json(kept)::text as row from "${name}" kept`)));
  return JSON.stringify(rows);
}

describe.each(['logs', 'journal', 'tables'] as const)('the %s', (where) => {
  test.each(Object.entries(SECRET))('hold no %s', (_name, secret) => {
    const at = written[where].indexOf(secret);
    expect(at < 0 ? '' : written[where].slice(Math.max(0, at - 300), at + 100)).toBe('');
  });

  test('hold no master key', () => {
    expect(written[where].includes(system.masterKey)).toBe(false);
  });

  test('hold what is no secret, so that the search can find', () => {
    const [job = ''] = jobs.slice(-1);
    expect(written[where]).toContain(job);
    if (where === 'tables') expect(written[where]).toContain(OPEN.metadata);
    if (where !== 'logs') expect(written[where]).toContain(OPEN.correlation);
  });
});

test('every app wrote something', () => {
  for (const app of ['ingress', 'scheduler', 'worker']) expect(written.logs).toContain(`"app":"${app}"`);
});
